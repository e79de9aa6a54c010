package nats

import (
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

const stream = "INFO {\"max_payload\":1000,\"server_id\":\"x y\"}\r\nPING\r\nPONG\r\n" +
	"MSG a 0 5\r\nhello\r\nMSG a 0 reply.to 2\r\n\r\n\r\n+OK\r\n" +
	"msg b 1 0\r\n\r\nINFO {\"max_payload\":5}\r\nMSG a 0 6\r\ntoo la\r\nPING\r\n" +
	"-ERR 'Stale Connection'\r\n"

// newEcho is a client that publishes what it hears.
func newEcho(ch *chat.Channel) chat.Handler {
	c := &Client{Loop: ch.Loop(), Server: Server{Token: "t"}, Name: "echo"}
	for _, subject := range []string{"a", "b"} {
		c.Subscribe(subject, func(p []byte) { c.Publish("heard."+subject, p) })
	}
	return c.newConn(ch)
}

func TestProtocolInEveryCut(t *testing.T) {
	c := chattest.EverySplit(t, newEcho, stream)
	const want = `CONNECT {"auth_token":"t","echo":false,"lang":"go","name":"echo","pass":"",` +
		`"pedantic":false,"protocol":1,"user":"","verbose":false,"version":"1"}` + "\r\n" +
		"SUB a 0\r\nSUB b 1\r\nPING\r\nPONG\r\nPUB heard.a 5\r\nhello\r\nPUB heard.a 2\r\n\r\n\r\n" +
		"PUB heard.b 0\r\n\r\nPONG\r\n"
	if got := string(c.Received()); got != want {
		t.Errorf("received %q, want %q", got, want)
	}
}

func FuzzProtocol(f *testing.F) {
	chattest.Fuzz(f, newEcho, stream, "INFO {}\r\nPONG\r\nMSG b 1 1\r\nxx")
}
