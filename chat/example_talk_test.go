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

// talk runs the server, sends it a request, and prints the answer.
func talk(server *chat.Server, request string) {
	call(server, func(conn net.Conn) {
		io.WriteString(conn, request)
		conn.(*net.TCPConn).CloseWrite()
	})
}

// call runs the server, calls f with a connection to it, and prints the rest of the output.
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

// say sends a line and prints the line that comes as the answer.
func say(conn net.Conn, line string) {
	io.WriteString(conn, line+"\r\n")
	answer, _ := bufio.NewReader(conn).ReadString('\n')
	fmt.Println(strings.TrimSpace(answer))
}
