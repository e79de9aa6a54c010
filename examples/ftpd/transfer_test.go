package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// A file comes and goes in all four ways to open a data connection, of any size, and from where
// REST says.
func TestTransfers(t *testing.T) {
	s := newTestSite(t)
	for _, way := range ways {
		for _, size := range []int{0, 1, 3 << 20} {
			t.Run(fmt.Sprint(way, size), func(t *testing.T) {
				c := visit(t, s)
				content := random(size)
				s.put(t, "down", content)
				d := c.open(way, false)
				c.ask("RETR down", "150 It comes", "226 That was all")
				require.True(t, d.take() == content)
				require.True(t, d.isClosed)

				send := func(command, text string) {
					t.Helper()
					d := c.open(way, false)
					c.ask(command, "150 Send it")
					d.PushString(text)
					c.finish(d)
					c.expect("226 It is stored")
				}
				restart := func(at int) {
					t.Helper()
					c.ask(fmt.Sprintf("REST %d", at),
						fmt.Sprintf("350 The next transfer begins at %d", at))
				}
				send("STOR up", content+"and what goes")
				restart(size)
				send("STOR up", "more ")
				send("APPE up", "and more")
				s.expect(t, "up", content+"more and more")
				restart(size + 5)
				d = c.open(way, false)
				c.ask("RETR up", "150 It comes", "226 That was all")
				require.Equal(t, "and more", d.take())
				restart(size + 100)
				c.open(way, false)
				c.ask("RETR up", "554 The file is shorter than that")
				restart(size + 100)
				c.ask("STOR up", "554 The file is shorter than that")
				s.expect(t, "up", content+"more and more")
				c.ask("EPRT |1|127.0.0.1|5000|", "200 I come there") // gives up the last port
				c.expectNothingOpen()
			})
		}
	}
}

// The command may come before the connection, and then it waits.
func TestCommandBeforeConnection(t *testing.T) {
	c := visit(t, newTestSite(t))
	c.say("EPSV")
	port := 0
	_, err := fmt.Sscanf(c.control.take(), "229 Entering Extended Passive Mode (|||%d|)", &port)
	require.NoError(t, err)
	c.ask("RETR hello.txt")
	d := c.dial(fmt.Sprintf("127.0.0.1:%d", port), false)
	c.expect("150 It comes", "226 That was all")
	require.Equal(t, "hello\n", d.take())
	c.ask("RETR hello.txt", "425 Say EPSV, PASV, EPRT or PORT first")
	c.expectNothingOpen()
}

func TestNobodyComes(t *testing.T) {
	c := visit(t, newTestSite(t))
	c.say("EPSV")
	c.control.take()
	c.ask("RETR hello.txt")
	c.net.Advance(c.site.dataWait)
	c.expect("425 Nobody has come for the data")
	c.ask("EPRT |1|127.0.0.1|5000|", "200 I come there")
	c.ask("RETR hello.txt", "425 The data connection cannot be made")
	c.ask("NOOP", "200 I am here")
	c.expectNothingOpen()
}

// Lists come in their three formats, and say nothing of what leads out of the root, or would end
// a line.
func TestLists(t *testing.T) {
	s := newTestSite(t)
	s.put(t, "sub/with\r\nends", "12345")
	c := visit(t, s)
	for command, want := range map[string][]string{
		"LIST sub":         {" 1 ftp ftp            7 ", " inside.txt\r\n", " with??ends\r\n"},
		"LIST -la sub":     {" 1 ftp ftp            7 ", " inside.txt\r\n", " with??ends\r\n"},
		"NLST":             {"hello.txt\r\n", "sub\r\n"},
		"NLST hello.txt":   {"hello.txt\r\n"},
		"MLSD":             {"type=file;size=6;modify=", ";perm=adfrw; hello.txt\r\n", "type=dir;"},
		"MLSD /sub/../sub": {"type=file;size=7;", " with??ends\r\n"},
	} {
		d := c.open("EPSV", false)
		c.ask(command, "150 The list comes", "226 That was all")
		list := d.take()
		for _, part := range want {
			if !strings.Contains(list, part) {
				t.Errorf("%s gives %q, want it to contain %q", command, list, part)
			}
		}
	}
	c.ask("MLSD hello.txt", "550 That is no folder")
	c.ask("LIST nowhere", "550 There is no such file")
	c.expectNothingOpen()
}

// Commands wait for the end of a transfer, but for those that are about it; what a session does
// then does not depend on when they come.
func TestCommandsDuringATransfer(t *testing.T) {
	s := newTestSite(t)
	s.put(t, "large", random(1<<20))
	c := visit(t, s)
	d := c.open("EPSV", true)
	c.ask("RETR large", "150 It comes")
	c.ask("NOOP", "200 I am here")
	c.say("STAT")
	require.Regexp(t, `^211 \d+ bytes are transferred\r\n$`, c.control.take())
	c.ask("PWD")
	c.ask("NOOP") // it comes behind PWD
	d.ResumeReading()
	c.settle()
	c.expect("226 That was all", `257 "/"`, "200 I am here")
	require.True(t, d.take() == random(1<<20))
	d = c.open("EPSV", true)
	c.ask("RETR large", "150 It comes")
	c.ask("QUIT")
	d.ResumeReading()
	c.settle()
	c.expect("226 That was all", "221 Goodbye")
	require.True(t, d.take() == random(1<<20))
}

// ABOR ends a transfer in its middle: the peer sees a reset, and not an end.
func TestAbort(t *testing.T) {
	s := newTestSite(t)
	s.put(t, "large", random(1<<20))
	c := visit(t, s)
	for _, way := range ways {
		for _, command := range []string{"RETR large", "STOR up"} {
			d := c.open(way, true)
			c.say(command)
			require.Regexp(t, "^150 ", c.control.take())
			if command == "STOR up" {
				d.PushString(random(100_000))
				c.settle()
			}
			c.ask("\xff\xf4\xff\xf2ABOR", "426 The transfer is aborted", "226 Nothing is in transfer")
			d.ResumeReading()
			c.settle()
			if !d.isClosed || chat.ReasonOf(d.reason) != chat.ReasonPeerReset {
				t.Errorf("%s %s: the data connection is closed: %t, with %v", way, command, d.isClosed,
					d.reason)
			}
		}
	}
	s.expect(t, "up", random(100_000))
	c.ask("ABOR", "226 Nothing is in transfer")
	c.expectNothingOpen()
}

// A transfer ends with its control connection, and a data connection that breaks ends its transfer.
func TestBrokenConnections(t *testing.T) {
	s := newTestSite(t)
	s.put(t, "large", random(1<<20))
	c := visit(t, s)
	for _, command := range []string{"RETR large", "STOR up"} {
		d := c.open("EPSV", true)
		c.say(command)
		c.control.take()
		d.Abort()
		c.settle()
		require.Regexp(t, "^426 The data connection has ended: ", c.control.take())
	}
	c.open("EPSV", true)
	c.ask("RETR large", "150 It comes")
	c.control.Abort()
	c.settle()
	if n := c.sessions.Len(); n != 1 {
		t.Errorf("%d dispatchers are left, want the listener", n)
	}
}

// What the client sends before its command, in which it may end its direction, is the transfer's;
// and a client that gets a file may end its own at once.
func TestEarlyClients(t *testing.T) {
	s := newTestSite(t)
	c := visit(t, s)
	d := c.open("EPSV", false)
	d.PushString("early")
	c.finish(d)
	c.ask("STOR up", "150 Send it", "226 It is stored")
	s.expect(t, "up", "early")
	s.put(t, "large", random(1<<20))
	d = c.open("EPSV", true)
	c.finish(d)
	c.ask("RETR large", "150 It comes")
	d.ResumeReading()
	c.settle()
	c.expect("226 That was all")
	require.True(t, d.take() == random(1<<20))
	c.expectNothingOpen()
}

// A port is for the client's own host. One from another leaves it open.
func TestStranger(t *testing.T) {
	c := visit(t, newTestSite(t))
	c.say("EPSV")
	port := 0
	_, err := fmt.Sscanf(c.control.take(), "229 Entering Extended Passive Mode (|||%d|)", &port)
	require.NoError(t, err)
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	stranger := &end{}
	from := chat.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	_, err = from.Dial(t.Context(), c.loop, "tcp", addr, stranger.attach(false))
	require.NoError(t, err)
	c.settle()
	require.True(t, stranger.isClosed)
	d := c.dial(addr, false)
	c.ask("RETR hello.txt", "150 It comes", "226 That was all")
	require.Equal(t, "hello\n", d.take())
}

// A transfer may last as long as it moves, whatever the client says meanwhile.
func TestLongTransfer(t *testing.T) {
	s := newTestSite(t)
	c := visit(t, s)
	d := c.open("EPSV", false)
	c.ask("STOR up", "150 Send it")
	for range 10 {
		d.PushString("x")
		c.net.Advance(time.Minute)
	}
	c.finish(d)
	c.expect("226 It is stored")
	s.expect(t, "up", "xxxxxxxxxx")
	c.net.Advance(chat.DefaultLimits().IdleTimeout)
	c.expect("421 You have waited too long")
}

// A side that is slow holds up the other: neither what is sent nor what is received is gathered.
func TestBackPressure(t *testing.T) {
	s := newTestSite(t)
	s.put(t, "large", random(2<<20))
	c := visit(t, s)
	c.open("EPSV", true)
	c.ask("RETR large", "150 It comes")
	moved := 0
	c.say("STAT")
	_, err := fmt.Sscanf(c.control.take(), "211 %d bytes are transferred", &moved)
	require.NoError(t, err)
	if moved > 400<<10 { // a piece, and what fits between two sockets
		t.Errorf("%d bytes were read for a client that reads none", moved)
	}
	c.say("ABOR")
	c.control.take()

	d := c.open("EPSV", false)
	c.ask("STOR up", "150 Send it")
	c.net.HoldWork() // the disk is slow
	d.PushString(random(2 << 20))
	c.settle()
	c.ask("NOOP", "200 I am here") // what waits for the disk is not where this is read
	if n := 2<<20 - d.Queued(); n > 400<<10 {
		t.Errorf("%d bytes were taken beside a disk that takes none", n)
	}
	c.finish(d)
	for c.net.FinishWork() {
	}
	c.expect("226 It is stored")
	s.expect(t, "up", random(2<<20))
}

// Under PROT P data goes over TLS, whoever connects, and its end is not to be forged.
func TestProtected(t *testing.T) {
	s := newTestSite(t)
	content := random(300_000)
	s.put(t, "down", content)
	config := &tls.Config{InsecureSkipVerify: true}
	c := visit(t, s)
	c.ask("AUTH TLS", "234 Go ahead")
	c.control.StartTLSClient(config)
	c.settle()
	c.ask("PASV", "530 Say USER and PASS first")
	c.ask("USER me", "331 Any password will do")
	c.ask("PASS x", "230 Welcome")
	c.ask("PBSZ 0", "200 PBSZ=0")
	c.ask("PROT P", "200 As you like")
	c.ask("AUTH TLS", "503 TLS is on")
	for _, way := range ways {
		d := c.open(way, false)
		c.ask("RETR down", "150 It comes")
		d.StartTLSClient(config)
		c.settle()
		c.expect("226 That was all")
		require.True(t, d.take() == content)
		d = c.open(way, false)
		c.ask("STOR up", "150 Send it")
		d.StartTLSClient(config)
		d.PushString(content)
		c.finish(d)
		c.expect("226 It is stored")
		s.expect(t, "up", content)
		d = c.open(way, false)
		c.ask("RETR down", "150 It comes")
		d.PushString("in plain text")
		c.settle()
		c.expect("426 The data connection has ended: " + chat.ReasonHandshake.String())
		require.NotContains(t, d.take(), "1,4,9,")
	}
	c.expectNothingOpen()
}
