//go:build unix

package chat_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
)

// talk sends a request to a server of its own, and prints what comes back.
func talk(server *chat.Server, request string) {
	call(server, func(conn net.Conn) {
		io.WriteString(conn, request)
		conn.(*net.TCPConn).CloseWrite()
	})
}

// call lets f talk to a server of its own, and prints what comes back afterwards.
func call(server *chat.Server, f func(conn net.Conn)) {
	server.Addr = "127.0.0.1:0"
	l, err := server.Listen()
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	go func() { ended <- server.Serve(l) }()
	if conn, err := net.Dial("tcp", l.Addr().String()); err == nil {
		f(conn)
		reply, _ := io.ReadAll(conn)
		fmt.Print(strings.ReplaceAll(string(reply), "\r\n", "\n"))
		conn.Close()
	}
	server.Close()
	<-ended
}

// say sends a line and prints the one that answers.
func say(conn net.Conn, line string) {
	io.WriteString(conn, line+"\r\n")
	answer, _ := bufio.NewReader(conn).ReadString('\n')
	fmt.Println(strings.TrimSpace(answer))
}
