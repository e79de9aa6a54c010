package main

import (
	"bytes"
	"sync"

	"github.com/tidwall/redcon"
)

// serveRedcon has SET and GET of the example in redcon's documentation.
func serveRedcon(addr string) error {
	var mu sync.RWMutex
	items := map[string][]byte{}
	return redcon.ListenAndServe(addr, func(c redcon.Conn, cmd redcon.Command) {
		switch {
		case bytes.EqualFold(cmd.Args[0], []byte("set")) && len(cmd.Args) == 3:
			value := bytes.Clone(cmd.Args[2]) // what it is a part of would be kept with it
			mu.Lock()
			items[string(cmd.Args[1])] = value
			mu.Unlock()
			c.WriteString("OK")
		case bytes.EqualFold(cmd.Args[0], []byte("get")) && len(cmd.Args) == 2:
			mu.RLock()
			value, ok := items[string(cmd.Args[1])]
			mu.RUnlock()
			if ok {
				c.WriteBulk(value)
			} else {
				c.WriteNull()
			}
		default:
			c.WriteError("ERR unknown command")
		}
	}, nil, nil)
}
