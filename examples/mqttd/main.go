// Command mqttd is a broker of MQTT 3.1.1: clients publish messages under topics, and others, who
// have subscribed to topics, get them.
//
//	go run ./examples/mqttd
//	mosquitto_sub -t 'rooms/+/lamp' -q 1
//	mosquitto_pub -t rooms/kitchen/lamp -m on -q 1 -r
//
// It has QoS 0 and 1, retained messages, wills, keep-alive, sessions that outlive their
// connections, and take-over by a client that connects anew. A subscription with QoS 2 gets QoS 1,
// and messages with QoS 2 are not accepted. Every client is accepted.
//
// It shows a protocol in binary, whose elements begin with a length of one to four bytes: read
// framer.go first, which says where a packet ends, then packet.go for what is in one and encode.go
// for those that are sent. session.go is a connection, client.go what outlives it: messages that
// wait for an answer or for room. broker.go joins them, by topics.go, a tree of topics. All of them
// are on one loop, so nothing is locked.
//
// Memory is bounded: packets, topics, sessions, subscriptions, retained messages, and the messages
// that wait for a client; messages above this bound are dropped.
package main

import (
	"flag"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:1883", "where to listen")
	serve.Parse()
	server := newBroker().server()
	server.Addr = *addr
	serve.Main(server)
}

func (b *broker) server() *chat.Server {
	return &chat.Server{Handler: b.newSession, MaxConns: maxClients}
}
