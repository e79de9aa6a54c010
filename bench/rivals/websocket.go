package main

import (
	"net/http"

	"github.com/gorilla/websocket"
	"github.com/lesismal/nbio/nbhttp"
	nbws "github.com/lesismal/nbio/nbhttp/websocket"
)

// serveGorilla has a goroutine for each connection, of package net/http.
func serveGorilla(addr string) error {
	u := websocket.Upgrader{}
	return http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := u.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			kind, message, err := c.ReadMessage()
			if err != nil || c.WriteMessage(kind, message) != nil {
				return
			}
		}
	}))
}

// serveNbio has one poller, and handles messages on it.
func serveNbio(addr string) error {
	u := nbws.NewUpgrader()
	u.OnMessage(func(c *nbws.Conn, kind nbws.MessageType, message []byte) {
		c.WriteMessage(kind, message)
	})
	engine := nbhttp.NewEngine(nbhttp.Config{
		Network: "tcp", Addrs: []string{addr}, NPoller: 1, ServerExecutor: func(f func()) { f() },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			u.Upgrade(w, r, nil)
		}),
	})
	if err := engine.Start(); err != nil {
		return err
	}
	select {}
}
