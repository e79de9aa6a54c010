package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/bench/simulation"
	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A browser sends its requests at once, and keeps the answers.
type browser struct {
	conn   *core.Conn
	asked  []int // which file each request is for
	out    []byte
	got    bytes.Buffer
	over   bool
	clean  bool
	broken bool
	k      *simkernel.Kernel
}

func (b *browser) HandleConnect() { b.HandleWrite() }

func (b *browser) HandleWrite() {
	n, err := b.conn.Send(b.out)
	b.out = b.out[n:]
	want := core.Readable
	if err == nil && len(b.out) > 0 {
		want |= core.Writable
	}
	b.conn.SetWant(want)
}

func (b *browser) HandleRead() {
	buf := b.conn.Loop().ReadBuffer()
	n, err := b.conn.Recv(buf)
	b.got.Write(buf[:n])
	if err != nil {
		b.clean = err == io.EOF
		b.conn.CloseWith(err)
	}
}

func (b *browser) HandleClose(error) {
	addr := b.conn.LocalAddr()
	b.over, b.broken = true, addr == nil || b.k.Broken(addr)
}

// The file server answers with the right bytes on a kernel with faults, unless they have broken the
// connection.
func TestFilesUnderFaults(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for i, size := range []int{0, 10, 3000, 70_000, 300_000} {
		files = append(files, bytes.Repeat([]byte{byte('a' + i), '\r', '\n', byte(i)}, size/4))
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), files[i], 0o644))
	}
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	complete := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		k := simkernel.New()
		sched := simkernel.NewScheduler(k, r)
		var loops []*core.Loop
		for range 2 {
			l, err := core.New(core.WithKernel(k), core.WithLogger(slog.New(slog.DiscardHandler)))
			require.NoError(t, err)
			loops = append(loops, l)
		}
		sched.Go(loops...)
		l, err := k.NewListener("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		srv := &chat.Server{Handler: newSite(root).NewSession}
		require.NoError(t, srv.Start(l, loops...))
		faults := sim.SomeFaults(r)
		k.Inject(r, faults)
		browsers := make([]*browser, 5)
		for i := range browsers {
			b := &browser{k: k}
			browsers[i] = b
			for n := 1 + r.IntN(8); n > 0; n-- {
				which, connection := r.IntN(len(files)), "keep-alive"
				if n == 1 {
					connection = "close"
				}
				b.asked = append(b.asked, which)
				b.out = fmt.Appendf(b.out, "GET /%d HTTP/1.1\r\nHost: sim\r\nConnection: %s\r\n\r\n",
					which, connection)
			}
			if b.conn, err = core.Dial(loops[1], "tcp", l.Addr().String(), b, core.Readable); err != nil {
				b.over, b.broken = true, true
			}
		}
		err = sched.Run(time.Hour, func() bool {
			for _, b := range browsers {
				if !b.over {
					return false
				}
			}
			return true
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for i, b := range browsers {
			n, err := b.answers(files)
			switch {
			case err != nil && !b.broken:
				t.Errorf("seed %d: browser %d, answer %d of %d: %v", seed, i, n+1, len(b.asked), err)
			case n == len(b.asked) && b.clean:
				complete++
			case !b.broken && (n > 0 || faults.NoFiles == 0): // turned away
				t.Errorf("seed %d: browser %d has %d answers of %d, clean: %t", seed, i, n,
					len(b.asked), b.clean)
			}
		}
		k.Inject(r, simkernel.Faults{})
		srv.BeginShutdown()
		if err := sched.Run(time.Minute, nil); err != nil {
			t.Fatalf("seed %d: at the end: %v", seed, err)
		}
		if n := k.Open(); n > 0 {
			t.Errorf("seed %d: %d descriptors are left", seed, n)
		}
		sched.Close()
	}
	if complete < 150 {
		t.Errorf("%d of 300 browsers have all their answers", complete)
	}
}

// answers returns how many whole answers have come, each with the bytes of its file.
func (b *browser) answers(files [][]byte) (n int, err error) {
	in := bufio.NewReader(bytes.NewReader(b.got.Bytes()))
	for _, which := range b.asked {
		if _, err := in.Peek(1); err != nil {
			return n, nil
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return n, err
		}
		body, err := io.ReadAll(answer.Body)
		switch {
		case err != nil:
			return n, err
		case answer.StatusCode != 200 || !bytes.Equal(body, files[which]):
			return n, fmt.Errorf("status %d and %d bytes for file %d, want the %d bytes of it",
				answer.StatusCode, len(body), which, len(files[which]))
		}
		n++
	}
	return n, nil
}
