// Package status shows the counters of a server in a live page.
package status

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// The page has everything in itself, and may load nothing but the counters.
const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; " +
	"connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

//go:embed page.html
var page []byte

// counters are numbers, and nothing of who has asked for what. The names are those that the page
// uses.
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

// Handler returns a handler for a page with the server's counters. Mount it at one path of a
// web.Site or of a net/http server. Once per second the page requests the counters from the same
// path, with the query "json". Other programs may request them too. The uptime is counted from the
// call of Handler.
//
// Everybody who can reach the path can read the counters. They show how busy the server is, but not
// the data of its clients.
func Handler(server *chat.Server) http.Handler {
	start := time.Now()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "This is to be read only.", http.StatusMethodNotAllowed)
		case r.URL.Query().Has("json"):
			h.Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(count(server, time.Since(start)))
		default:
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Security-Policy", policy)
			w.Write(page)
		}
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
