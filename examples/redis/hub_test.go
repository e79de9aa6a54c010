package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

// Whoever leaves, in whatever order and way, the others get every message, once.
func TestSubscribersComeAndGo(t *testing.T) {
	d := newDatabase(time.Now)
	publisher := chattest.NewConn(t, d.newSession)
	var conns []*chattest.Conn
	for range 5 {
		c := chattest.NewConn(t, d.newSession)
		c.SendString("SUBSCRIBE a\r\nPSUBSCRIBE a*\r\n")
		c.Received()
		conns = append(conns, c)
	}
	leave := []func(*chattest.Conn){
		func(c *chattest.Conn) { c.SendString("UNSUBSCRIBE a\r\nPUNSUBSCRIBE a*\r\n") },
		(*chattest.Conn).Reset,
		func(c *chattest.Conn) { c.SendString("QUIT\r\n") },
		(*chattest.Conn).CloseWrite,
	}
	for i, gone := range []int{0, 3, 0, 1} {
		leave[i](conns[gone])
		conns[gone].Received()
		conns = append(conns[:gone], conns[gone+1:]...)
		expect(t, publisher, fmt.Sprintf("PUBLISH a %d\r\n", i), fmt.Sprintf(":%d\r\n", 2*len(conns)))
		for _, c := range conns {
			c.Do(func() {}) // its loop comes to what was posted
			want := fmt.Sprintf("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n%d\r\n*4\r\n$8\r\npmessage\r\n"+
				"$2\r\na*\r\n$1\r\na\r\n$1\r\n%d\r\n", i, i)
			if got := string(c.Received()); got != want {
				t.Errorf("message %d: received %q, want %q", i, got, want)
			}
		}
	}
	conns[0].Reset()
	if len(d.hub.channels)+len(d.hub.patterns) > 0 {
		t.Error("the hub remembers channels without subscribers")
	}
}
