//go:build unix

package examples

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkPage has the pages in frames of the widths of a desktop, a tablet and phones, waits until
// the charts have some points, and writes down what it sees.
const checkPage = `<!DOCTYPE html>
<title>check</title>
<body>
<pre id="result"></pre>
<script>
const frames = {}
let posted // how a form of our own page was answered
fetch('/-/hello', { method: 'POST', body: new URLSearchParams({ name: 'you' }) })
  .then(answer => posted = answer.status)
const paths = ['/', '/long/', '/-/hello', '/-/status']
for (const path of paths) for (const width of [1280, 1000, 400, 320]) {
  const f = document.createElement('iframe')
  f.src = path
  f.style.width = width + 'px'
  f.style.height = '800px'
  f.style.border = 0
  document.body.append(f)
  frames[path + ' ' + width] = f
}
function look(f) {
  const page = f.contentDocument, root = page.documentElement
  const charts = [...page.querySelectorAll('polyline')]
    .map(l => (l.getAttribute('points') || '').split(' ').filter(p => p))
  return {
    width: root.clientWidth, content: root.scrollWidth,
    rows: page.querySelectorAll('tbody tr, #totals tr').length,
    points: charts.map(c => c.length),
    heights: charts.map(c => new Set(c.map(p => p.split(',')[1])).size),
    cut: [...page.querySelectorAll('.card')].filter(c => c.scrollWidth > c.clientWidth)
      .map(c => c.textContent),
    posted,
    live: page.getElementById('live')?.textContent,
    tiles: [...page.querySelectorAll('.tiles b')].map(b => b.textContent),
  }
}
let polls = 0
setInterval(() => {
  const seen = Object.fromEntries(Object.entries(frames).map(([name, f]) => [name, look(f)]))
  const least = Math.min(...Object.values(seen).flatMap(s => s.points))
  if (polls == 0 && least >= 3 || polls == 1 && least >= 6) {
    document.getElementById('result').textContent += JSON.stringify(seen) + '\n'
    polls++
  }
}, 100)
</script>
`

// What a frame looks like.
type view struct {
	Width, Content, Rows int
	Posted               int
	Points, Heights      []int
	Live                 string
	Tiles, Cut           []string
}

// The pages fit a desktop and a phone, and under load the charts of the status page move, in a real
// browser.
func TestHTTPDInBrowser(t *testing.T) {
	need(t, "chromium")
	if os.Getenv("ASYNCHAT_POLLER") != "" || raceEnabled {
		t.Skip("the browser sees the same with every poller, " +
			"and the programs are not those of the race build")
	}
	dir := folder(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "check.html"), []byte(checkPage), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "long"), 0o755))
	touch(t, filepath.Join(dir, "long", strings.Repeat("name", 50)))
	touch(t, filepath.Join(dir, "long", strings.Repeat("a name of many words ", 10)))
	s := start(t, "httpd", "-root", dir, "-status")
	over := make(chan struct{})
	var load sync.WaitGroup
	load.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
			}
			if resp, err := http.Get("http://" + s.addr + "/small.txt"); err == nil {
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}
	})
	profile, err := os.MkdirTemp("", "browser")
	require.NoError(t, err)
	// Not t.TempDir, which fails the test if the browser still writes.
	t.Cleanup(func() { os.RemoveAll(profile) })
	out := client(t, "timeout", "300", "chromium", "--headless", "--no-sandbox", "--disable-gpu",
		"--disable-dev-shm-usage", "--hide-scrollbars", "--user-data-dir="+profile,
		"--window-size=1400,800",
		"--virtual-time-budget=12000", "--dump-dom", "http://"+s.addr+"/check.html")
	close(over)
	load.Wait()
	_, rest, _ := strings.Cut(out, `<pre id="result">`)
	result, _, _ := strings.Cut(rest, "</pre>")
	looks := strings.Split(strings.TrimSpace(html.UnescapeString(result)), "\n")
	require.Len(t, looks, 2, "what the page has written down, in\n%s", out)
	var before, after map[string]view
	require.NoError(t, json.Unmarshal([]byte(looks[0]), &before))
	require.NoError(t, json.Unmarshal([]byte(looks[1]), &after))
	require.Len(t, after, 16)
	for name, v := range after {
		if _, width, _ := strings.Cut(name, " "); strconv.Itoa(v.Width) != width || v.Content > v.Width {
			t.Errorf("%s: the page is %d pixels wide, and its window %d", name, v.Content, v.Width)
		}
		if v.Posted != 200 {
			t.Errorf("%s: the form of the page itself was answered %d", name, v.Posted)
		}
		if len(v.Cut) > 0 {
			t.Errorf("%s: too narrow for %q", name, v.Cut)
		}
		if !strings.HasPrefix(name, "/-/hello") && v.Rows < 3 {
			t.Errorf("%s: %d rows", name, v.Rows)
		}
		if strings.HasPrefix(name, "/-/status") {
			checkCharts(t, name, before[name], v)
		}
	}
}

func checkCharts(t *testing.T, name string, before, after view) {
	t.Helper()
	if len(after.Points) != 5 || len(before.Points) != 5 {
		t.Fatalf("%s: %d lines, want 5", name, len(after.Points))
	}
	for i, n := range after.Points {
		if n <= before.Points[i] {
			t.Errorf("%s: line %d had %d points and has %d", name, i, before.Points[i], n)
		}
	}
	if after.Heights[0] < 2 || after.Heights[1] < 2 {
		t.Errorf("%s: the charts of elements and bytes are flat: %v", name, after.Heights)
	}
	if !strings.HasPrefix(after.Live, "up ") || len(after.Tiles) != 6 ||
		strings.Contains(strings.Join(after.Tiles, " "), "–") {
		t.Errorf("%s: %q, %q", name, after.Live, after.Tiles)
	}
}
