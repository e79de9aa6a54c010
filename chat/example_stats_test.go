package chat_test

import (
	"encoding/json"
	"expvar"
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
)

// With expvar, a program that also serves HTTP shows the statistics of its servers under
// /debug/vars.
func ExampleServer_Var() {
	server := &chat.Server{Addr: "127.0.0.1:0",
		Handler: chat.Lines(func(c *chat.Channel, line []byte) { c.Push(line) })}
	expvar.Publish("smtp", server.Var())

	var now struct {
		Connections int
		Closed      map[string]int // by reason, as "idle"
	}
	json.Unmarshal([]byte(expvar.Get("smtp").String()), &now)
	fmt.Println(now.Connections, "connections,", now.Closed["idle"], "were idle for too long")
	// Output: 0 connections, 0 were idle for too long
}
