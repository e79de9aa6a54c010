//go:build unix

package examples

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A browser is Chromium without a window, driven over a pair of pipes: messages of JSON, each with
// a zero byte behind it.
type browser struct {
	t    *testing.T
	in   io.Writer
	mu   sync.Mutex
	next int
	wait map[int]chan json.RawMessage // the answers that are awaited
	gone chan struct{}
}

// startBrowser skips the test where there is no Chromium, and where it would only be run again:
// with another poller, or the race detector, which see nothing of it.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	need(t, "chromium")
	if raceEnabled || os.Getenv("ASYNCHAT_POLLER") != "" {
		t.Skip("the browser is the same with another poller, and under the race detector")
	}
	toBrowser, in, err := os.Pipe()
	require.NoError(t, err)
	out, fromBrowser, err := os.Pipe()
	require.NoError(t, err)
	profile, err := os.MkdirTemp("", "chromium")
	require.NoError(t, err)
	// Not t.TempDir, which fails the test if something is still being written there.
	t.Cleanup(func() { os.RemoveAll(profile) })
	cmd := exec.Command("chromium", "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
		"--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-extensions", "--disable-background-networking",
		"--disable-component-update",
		"--disable-background-timer-throttling", "--disable-renderer-backgrounding",
		"--disable-backgrounding-occluded-windows",
		"--hide-scrollbars", "--user-data-dir="+profile, "about:blank")
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser}   // 3 and 4
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has children
	require.NoError(t, cmd.Start())
	toBrowser.Close()
	fromBrowser.Close()
	b := &browser{t: t, in: in, wait: map[int]chan json.RawMessage{}, gone: make(chan struct{})}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		in.Close()
		out.Close()
	})
	go b.read(out)
	return b
}

func (b *browser) read(out io.Reader) {
	defer close(b.gone)
	for r := bufio.NewReader(out); ; {
		message, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  json.RawMessage
		}
		json.Unmarshal(message[:len(message)-1], &answer)
		b.mu.Lock()
		if c := b.wait[answer.ID]; c != nil {
			delete(b.wait, answer.ID)
			if answer.Error != nil {
				answer.Result = append(json.RawMessage("error: "), answer.Error...)
			}
			c <- answer.Result
		}
		b.mu.Unlock()
	}
}

// call has the browser do something, and reads its answer into result, unless that is nil.
func (b *browser) call(session, method string, params, result any) {
	b.t.Helper()
	b.mu.Lock()
	b.next++
	id, c := b.next, make(chan json.RawMessage, 1)
	b.wait[id] = c
	b.mu.Unlock()
	message, err := json.Marshal(map[string]any{"id": id, "sessionId": session, "method": method,
		"params": params})
	require.NoError(b.t, err)
	if session == "" {
		message, _ = json.Marshal(map[string]any{"id": id, "method": method, "params": params})
	}
	b.in.Write(append(message, 0))
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case answer := <-c:
		if why, failed := strings.CutPrefix(string(answer), "error: "); failed {
			b.t.Fatalf("%s: %s", method, why)
		}
		if result != nil {
			require.NoError(b.t, json.Unmarshal(answer, result), "%s: %s", method, answer)
		}
	case <-b.gone:
		b.t.Fatalf("%s: the browser has ended", method)
	case <-timeout.C:
		b.t.Fatalf("%s: the browser does not answer", method)
	}
}

// A tab is a page in a context of its own.
type tab struct {
	*browser
	session string
}

// open opens a page in a window of so many pixels.
func (b *browser) open(url string, width, height int) *tab {
	b.t.Helper()
	var target struct{ TargetID string }
	b.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("", "Target.attachToTarget",
		map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	p := &tab{b, attached.SessionID}
	p.resize(width, height, "light")
	p.call(p.session, "Page.navigate", map[string]any{"url": url}, nil)
	// Its script has run.
	p.until("document.readyState === 'complete' && location.protocol === 'http:'")
	return p
}

// resize gives the page another window, and a light or dark one.
func (p *tab) resize(width, height int, scheme string) {
	p.t.Helper()
	p.call(p.session, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width,
		"height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	p.call(p.session, "Emulation.setEmulatedMedia", map[string]any{
		"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// eval returns the value of an expression of the page's, or of the promise that it gives.
func (p *tab) eval(expression string) (value any) {
	p.t.Helper()
	var result struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	p.call(p.session, "Runtime.evaluate",
		map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &result)
	if result.ExceptionDetails != nil {
		p.t.Fatalf("%s: %s", expression, result.ExceptionDetails)
	}
	return result.Result.Value
}

// until waits for a condition to come true.
func (p *tab) until(condition string) {
	p.t.Helper()
	const patient = `new Promise(done => {
		const end = Date.now() + 200000
		const look = () => {
			let yes = false
			try { yes = %s } catch {}
			if (yes || Date.now() > end) done(!!yes); else setTimeout(look, 10)
		}
		look()
	})`
	if p.eval(fmt.Sprintf(patient, condition)) != true {
		p.t.Fatalf("not in time: %s\nthe page says\n%v", condition, p.eval("document.body?.innerText"))
	}
}

// says waits for a text to be seen.
func (p *tab) says(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// enter types a text and the Return key, into what has the focus.
func (p *tab) enter(text string) {
	p.t.Helper()
	p.call(p.session, "Input.insertText", map[string]any{"text": text}, nil)
	for _, kind := range []string{"keyDown", "keyUp"} {
		p.call(p.session, "Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Enter",
			"code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}, nil)
	}
}

// shoot returns a picture of the page. To look at it, name a folder in ASYNCHAT_PICTURES.
func (p *tab) shoot(name string) []byte {
	p.t.Helper()
	var shot struct{ Data string }
	p.call(p.session, "Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	require.NoError(p.t, err)
	if dir := os.Getenv("ASYNCHAT_PICTURES"); dir != "" {
		require.NoError(p.t, os.WriteFile(dir+"/"+name+".png", png, 0o644))
	}
	return png
}
