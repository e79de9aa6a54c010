//go:build unix

package chat_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// The fields set the address, the handler and the limits of a server.
func ExampleServer() {
	server := &chat.Server{
		Addr:     "127.0.0.1:7711",
		Loops:    chat.EveryProcessor,
		MaxConns: 10_000,
		Limits:   chat.Limits{MaxElement: 1024, IdleTimeout: time.Minute},
		Logger:   slog.Default(),
		OnAccept: func(c *chat.Channel) error {
			return c.PushLine("welcome")
		},
		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			c.PushLine("you said", string(line))
		}),
	}
	talk(server, "hello\r\n") // in a program: log.Fatal(server.ListenAndServe())
	stats := server.Stats()
	fmt.Println(stats.Accepted, "connection,", stats.Elements, "element")
	// Output:
	// welcome
	// you said hello
	// 1 connection, 1 element
}

// A graceful end: the request in progress is answered, then Shutdown and Serve return.
func ExampleServer_Shutdown() {
	begun := make(chan struct{})
	newSession := chat.Lines(func(c *chat.Channel, line []byte) {
		chat.Do(c, func(context.Context) (string, error) {
			close(begun)
			<-time.After(time.Millisecond) // a query of a database, say
			return "done", nil
		}, func(answer string, err error) { c.PushLine(answer) })
	})
	server := &chat.Server{Addr: "127.0.0.1:0", Handler: newSession}
	listener, err := server.Listen()
	if err != nil {
		log.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()

	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	answers := make(chan string)
	go func() { // a client
		fmt.Fprint(conn, "work\r\n")
		all, _ := io.ReadAll(conn)
		conn.Close()
		answers <- string(all)
	}()

	<-begun
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println(server.Shutdown(ctx))
	fmt.Println(<-served)
	fmt.Printf("%q\n", <-answers)
	// Output:
	// <nil>
	// chat: server closed
	// "done\r\n"
}

// A line over MaxElement is dropped, and the session goes on with the next one.
func ExampleLimits() {
	server := &chat.Server{
		Limits: chat.Limits{
			MaxElement:  10, // bytes
			SkipTooLong: true,
			MaxOutput:   64 << 10,
			IdleTimeout: 30 * time.Second,
			ReadRate:    chat.Rate{PerSecond: 100 << 10},
			Lifetime:    chat.NoLimit, // as by default
		},
		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			c.PushLine("you said", string(line))
		}),
	}
	talk(server, "hello\r\nwhat a long line\r\nbye\r\n")
	// Output:
	// you said hello
	// you said bye
}

// The server answers STARTTLS in plain text, and everything after it is encrypted.
func ExampleChannel_StartTLS() {
	config := serverConfig() // with a certificate, as that of chat.CertificateFiles
	newSession := chat.Lines(func(c *chat.Channel, line []byte) {
		if string(line) == "STARTTLS" {
			c.PushLine("go on")
			c.StartTLS(config)
			return
		}
		c.PushLine("you said", string(line))
	})
	server := &chat.Server{Addr: "127.0.0.1:0", Handler: newSession}
	listener, err := server.Listen()
	if err != nil {
		log.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()

	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprint(conn, "STARTTLS\r\n")
	answer := make([]byte, len("go on\r\n"))
	io.ReadFull(conn, answer)
	fmt.Printf("%q\n", answer)

	secure := tls.Client(conn, clientConfig(tls.VersionTLS13))
	fmt.Fprint(secure, "hello\r\n")
	line, err := bufio.NewReader(secure).ReadString('\n')
	fmt.Printf("%q, %v\n", line, err)
	secure.Close()
	server.Close()
	<-served
	// Output:
	// "go on\r\n"
	// "you said hello\r\n", <nil>
}
