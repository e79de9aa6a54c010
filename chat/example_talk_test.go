//go:build unix

package chat_test

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
)

// talk sends a request to a server of its own, and prints what comes back.
func talk(server *chat.Server, request string) {
	server.Addr = "127.0.0.1:0"
	l, err := server.Listen()
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	go func() { ended <- server.Serve(l) }()
	if conn, err := net.Dial("tcp", l.Addr().String()); err == nil {
		io.WriteString(conn, request)
		conn.(*net.TCPConn).CloseWrite()
		reply, _ := io.ReadAll(conn)
		fmt.Print(strings.ReplaceAll(string(reply), "\r\n", "\n"))
		conn.Close()
	}
	server.Close()
	<-ended
}
