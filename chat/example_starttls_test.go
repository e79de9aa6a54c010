package chat_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// roles are the two configurations of these examples.
func roles() (server, client *tls.Config) { return serverConfig(), clientConfig(tls.VersionTLS13) }

// An FTP server in active mode dials the client, and is the TLS server on that connection.
func ExampleChannel_StartTLSServer() {
	server, client := roles()
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	loop, _ := core.New()
	defer loop.Close()
	chat.Dial(loop, "tcp", listener.Addr().String(), func(c *chat.Channel) chat.Handler {
		fmt.Println("server:", c.StartTLSServer(server))
		c.PushString("226 done\r\n")
		c.CloseWhenDone()
		return chat.Lines(func(*chat.Channel, []byte) {})(c)
	})
	said := make(chan string)
	go func() {
		raw, _ := listener.Accept()
		c := tls.Client(raw, client)
		text, _ := io.ReadAll(c)
		c.Close()
		said <- string(text)
	}()
	loop.RunUntilEmpty(context.Background())
	fmt.Printf("%q\n", <-said)
	// Output:
	// server: <nil>
	// "226 done\r\n"
}

// Which fields a configuration needs depends on the role.
func ExampleChannel_StartTLSClient() {
	server, _ := roles()
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	loop, _ := core.New()
	defer loop.Close()
	chat.Dial(loop, "tcp", listener.Addr().String(), func(c *chat.Channel) chat.Handler {
		fmt.Println(c.StartTLSClient(server))
		c.Close()
		return chat.Lines(func(*chat.Channel, []byte) {})(c)
	})
	loop.RunUntilEmpty(context.Background())
	// Output:
	// chat: StartTLS: the configuration of a client has neither ServerName nor InsecureSkipVerify
}

func ExampleConversation_StartTLSServer() {
	server, client := roles()
	near, far := net.Pipe()
	go chat.Talk(near, func(v *chat.Conversation) error {
		if err := v.StartTLSServer(server); err != nil {
			return err
		}
		_, err := v.Printf("hello\r\n")
		return err
	})
	text, _ := io.ReadAll(tls.Client(far, client))
	fmt.Printf("%q\n", text)
	// Output:
	// "hello\r\n"
}

func ExampleConversation_StartTLSClient() {
	server, client := roles()
	near, far := net.Pipe()
	go chat.Talk(near, func(v *chat.Conversation) error {
		if err := v.StartTLSClient(client); err != nil {
			return err
		}
		_, err := v.Printf("hello\r\n")
		return err
	})
	text, _ := io.ReadAll(tls.Server(far, server))
	fmt.Printf("%q\n", text)
	// Output:
	// "hello\r\n"
}
