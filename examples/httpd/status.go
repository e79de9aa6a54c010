package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web"
)

var noStore = http.Header{"Cache-Control": {"no-store"}}

// The page has everything in itself, and may load nothing but the counters.
const statusPolicy = "default-src 'none'; style-src 'unsafe-inline'; " +
	"script-src 'unsafe-inline'; connect-src 'self'; " +
	"img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

//go:embed status.html
var statusPage []byte

// counters are what /-/status.json tells: numbers, and nothing of who has asked for what. The names
// are those that the page uses.
type counters struct {
	Uptime      int64             `json:"uptime"` // ms
	Loops       int               `json:"loops"`
	Connections int               `json:"connections"`
	Accepted    uint64            `json:"accepted"`
	Refused     chat.Refusals     `json:"refused"`
	Closed      chat.ReasonCounts `json:"closed"`
	Elements    uint64            `json:"elements"`
	Read        uint64            `json:"read"`      // bytes
	Written     uint64            `json:"written"`   // bytes
	MaxQueued   int               `json:"maxQueued"` // bytes
	Buffered    int64             `json:"buffered"`  // bytes
	Busy        float64           `json:"busy"`      // ms of all loops together
	RecentTurn  float64           `json:"recentTurn"`
	LongestTurn float64           `json:"longestTurn"`
}

// showStatus adds the page of the server's counters, and the counters themselves, which it asks for
// each second.
func (s *site) showStatus(server *chat.Server) {
	start := time.Now()
	s.Get("/-/status", func(x *web.Exchange) {
		h := web.Head{Code: 200, Type: web.HTML, Size: int64(len(statusPage)),
			Header: s.vary(web.HTML)}
		h.Header.Set("Cache-Control", "no-store")
		h.Header.Set("Content-Security-Policy", statusPolicy)
		if !s.zip(x, h, bytes.NewReader(statusPage)) {
			x.Reply(h, statusPage)
		}
	})
	s.Get("/-/status.json", func(x *web.Exchange) {
		data, err := json.Marshal(count(server, time.Since(start)))
		if err != nil {
			return // which is answered 500
		}
		x.Reply(web.Head{Code: 200, Type: "application/json", Header: noStore}, data)
	})
}

func count(server *chat.Server, uptime time.Duration) counters {
	n := server.Stats()
	return counters{
		Uptime: uptime.Milliseconds(), Loops: max(server.Loops, 1),
		Connections: n.Connections, Accepted: n.Accepted, Refused: n.Refused, Closed: n.Closed,
		Elements: n.Elements, Read: n.Read, Written: n.Written, MaxQueued: n.MaxQueued,
		Buffered: n.Buffered, Busy: ms(n.Loops.Busy), RecentTurn: ms(n.Loops.RecentTurn),
		LongestTurn: ms(n.Loops.LongestTurn),
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
