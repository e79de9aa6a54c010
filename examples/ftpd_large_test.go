//go:build linux

package examples

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An ftpClient is a control connection.
type ftpClient struct {
	*testing.T
	conn *net.TCPConn
	text *textproto.Conn
}

func dialFTP(t *testing.T, s *server) *ftpClient {
	t.Helper()
	conn := s.dial(t)
	c := &ftpClient{t, conn, textproto.NewConn(conn)}
	c.reply(220)
	c.ask(331, "USER me")
	c.ask(230, "PASS x")
	return c
}

func (c *ftpClient) reply(code int) string {
	c.Helper()
	_, text, err := c.text.ReadResponse(code)
	require.NoError(c, err)
	return text
}

func (c *ftpClient) ask(code int, command string) string {
	c.Helper()
	require.NoError(c, c.text.PrintfLine("%s", command))
	return c.reply(code)
}

// transfer begins a transfer and returns its data connection.
func (c *ftpClient) transfer(command string) *net.TCPConn {
	c.Helper()
	port := 0
	_, err := fmt.Sscanf(c.ask(229, "EPSV"), "Entering Extended Passive Mode (|||%d|)", &port)
	require.NoError(c, err)
	data, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	require.NoError(c, err)
	c.Cleanup(func() { data.Close() })
	data.SetDeadline(time.Now().Add(patience))
	c.ask(150, command)
	return data
}

// A pacedReader reads so many bytes a second.
type pacedReader struct {
	r     io.Reader
	clock *time.Ticker
	quota int // bytes for a tick
	left  int
}

func (p *pacedReader) Read(b []byte) (int, error) {
	if p.left == 0 {
		<-p.clock.C
		p.left = p.quota
	}
	n, err := p.r.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// sendRandom writes size bytes that no part of the server could make up, and returns their sum.
func sendRandom(w io.Writer, seed byte, size int64) (string, error) {
	h := sha256.New()
	_, err := io.CopyN(io.MultiWriter(w, h), rand.NewChaCha8([32]byte{seed}), size)
	return sumOf(h), err
}

func sumOf(h hash.Hash) string { return fmt.Sprintf("%x", h.Sum(nil)) }

// A file goes down to a client that reads 50 MB a second, and another one up as fast as it can be
// written, at once, and the server does not grow with them.
func TestFTPMovesLargeFiles(t *testing.T) {
	t.Parallel()
	size := int64(scaled(1 << 30))
	if !full {
		size /= 2
	}
	s, dir, _ := startFTP(t)
	f, err := os.Create(filepath.Join(dir, "large"))
	require.NoError(t, err)
	down, err := sendRandom(f, 1, size)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	before := s.peakMemory(t)

	sender := dialFTP(t, s)
	up, sent, failed := sender.transfer("STOR up"), make(chan string, 1), make(chan error, 1)
	go func() {
		sum, err := sendRandom(up, 2, size)
		up.CloseWrite()
		sent <- sum
		failed <- err
	}()
	receiver := dialFTP(t, s)
	clock := time.NewTicker(10 * time.Millisecond)
	defer clock.Stop()
	h := sha256.New()
	paced := &pacedReader{r: receiver.transfer("RETR large"), clock: clock, quota: 50e6 / 100}
	got, err := io.Copy(h, paced)
	require.NoError(t, err)
	if got != size || sumOf(h) != down {
		t.Errorf("%d bytes came, %s; want %d, %s", got, sumOf(h), size, down)
	}
	receiver.reply(226)
	want := <-sent
	require.NoError(t, <-failed)
	sender.reply(226)
	stored, err := os.Open(filepath.Join(dir, "up"))
	require.NoError(t, err)
	defer stored.Close()
	h.Reset()
	got, err = io.Copy(h, stored)
	require.NoError(t, err)
	if got != size || sumOf(h) != want {
		t.Errorf("%d bytes were stored, %s; want %d, %s", got, sumOf(h), size, want)
	}
	grown := s.peakMemory(t) - before
	t.Logf("grew by %d KiB for %d MiB each way", grown>>10, size>>20)
	if grown > 16<<20 {
		t.Errorf("grew by %d MiB, want at most 16", grown>>20)
	}
}

// However a transfer is broken off, nothing of it stays open: neither a socket nor a file.
func TestFTPAbortedTransfersLeaveNothingOpen(t *testing.T) {
	t.Parallel()
	s, dir, _ := startFTP(t)
	large := filepath.Join(dir, "large") // than what the system takes by itself
	require.NoError(t, os.Truncate(touch(t, large), 64<<20))
	watch := dialFTP(t, s) // for what is opened once
	data := watch.transfer("RETR down")
	io.Copy(io.Discard, data)
	data.Close()
	watch.reply(226)
	watch.ask(226, "ABOR")
	before := s.openFiles(t)
	const ways = 4
	for i := range 200 {
		c := dialFTP(t, s)
		command := []string{"RETR large", "STOR up"}[i/ways%2]
		data := c.transfer(command)
		if command == "STOR up" {
			data.Write(make([]byte, 100_000))
		} else {
			io.ReadFull(data, make([]byte, 1000))
		}
		switch i % ways {
		case 0: // as Telnet has it, the last byte of the first part urgent
			sendUrgent(t, c.conn, "\xff\xf4\xff\xf2")
			sendUrgent(t, c.conn, "ABOR\r\n")
			c.reply(426)
			c.reply(226)
		case 1: // without an end of the session
			c.conn.Close()
		case 2: // the session goes on
			data.SetLinger(0)
			data.Close()
			c.reply(426)
		case 3: // a port that nobody comes to is left too
			c.ask(426, "ABOR")
			c.reply(226)
			c.ask(229, "EPSV")
			c.text.PrintfLine("RETR large")
			c.conn.SetLinger(0)
		}
		c.conn.Close()
	}
	until(t, "what was aborted to be closed", func() bool { return s.openFiles(t) <= before })
	watch.ask(200, "NOOP")
}

func sendUrgent(t *testing.T, conn *net.TCPConn, text string) {
	t.Helper()
	raw, err := conn.SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		err = syscall.Sendto(int(fd), []byte(text), syscall.MSG_OOB, nil)
	}))
	require.NoError(t, err)
}
