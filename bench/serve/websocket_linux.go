package main

import "github.com/go-asynchat/asynchat/chat/web/websocket"

func serveWebSocket(addr string) error {
	return listen(addr, websocket.Server(websocket.Messages(
		func(c *websocket.Conn, kind websocket.Kind, message []byte) { c.Push(kind, message) })))
}
