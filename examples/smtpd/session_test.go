package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// newTestSite is a site with small limits whose disk is quick, since it does not write through.
func newTestSite(t testing.TB) *site {
	t.Helper()
	m, err := openMaildir(filepath.Join(t.TempDir(), "mail"), "mail.example")
	require.NoError(t, err)
	m.sync = func(*os.File) error { return nil }
	return &site{host: "mail.example", mail: m, tls: testTLS(), maxSize: 1000}
}

// mails returns what has been delivered, in order, and removes it.
func (s *site) mails(t testing.TB) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.mail.dir, "new", "*"))
	require.NoError(t, err)
	slices.SortFunc(names, func(a, b string) int { return order(a) - order(b) })
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, os.Remove(name))
		all = append(all, string(text))
	}
	return all
}

// order is the number within the name of a message.
func order(name string) (n int) {
	_, number, _ := strings.Cut(filepath.Base(name), "Q")
	for _, digit := range number {
		if digit < '0' || digit > '9' {
			break
		}
		n = 10*n + int(digit-'0')
	}
	return n
}

func expectMails(t testing.TB, s *site, want ...string) {
	t.Helper()
	if got := s.mails(t); !slices.Equal(got, want) {
		t.Errorf("delivered %q, want %q", got, want)
	}
}

// connect returns a connection, and its session.
func connect(t testing.TB, s *site) (c *chattest.Conn, h *session) {
	t.Helper()
	c = chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		h = s.newSession(c).(*session)
		return h
	})
	return c, h
}

func expectReceived(t testing.TB, c *chattest.Conn, want string) {
	t.Helper()
	if got := string(c.Received()); got != want {
		t.Errorf("received %q, want %q", got, want)
	}
}

// begin is what precedes a message, and begun the answer to it.
const (
	begin = "EHLO me\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\n"
	begun = "220 mail.example ESMTP\r\n250-mail.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n" +
		"250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n" +
		"250-STARTTLS\r\n250 ENHANCEDSTATUSCODES\r\n250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n"
	go354    = "354 End data with <CR><LF>.<CR><LF>\r\n"
	accepted = "250 2.0.0 The message is on the disk\r\n"
)

// Each dialogue is played in hundreds of cuts, and each time what it sends as messages is
// delivered.
func TestDialogues(t *testing.T) {
	for _, tt := range []struct {
		file  string
		mails []string
	}{
		{"session.txt",
			[]string{"Subject: hello\r\n\r\n.a dot\r\n..and two\r\n\r\n", "Subject: 8 bits: \xe9\r\n\r\n"}},
		{"testdata/chunks.txt",
			[]string{"Subject: one\r\n\r\n.\r\n", "Subject: two\r\n\r\nhello\r\n", "", "no line end"}},
		{"testdata/order.txt", []string{"x\r\n"}},
		{"testdata/addresses.txt", nil},
		{"testdata/refusals.txt", nil},
		{"testdata/sizes.txt", []string{strings.Repeat("0123456\r\n", 110) + "01234567\r\n"}},
		{"testdata/errors.txt", nil},
		{"testdata/idling.txt", nil},
		{"testdata/recipients.txt", []string{"to a hundred\r\n"}},
		{"testdata/timeout.txt", nil},
		{"testdata/web.txt", nil},
	} {
		t.Run(tt.file, func(t *testing.T) {
			s := newTestSite(t)
			chattest.Play(t, tt.file, s.newSession)
			all := s.mails(t)
			if len(tt.mails) == 0 && len(all) > 0 ||
				len(tt.mails) > 0 && (len(all) == 0 || len(all)%len(tt.mails) != 0) {
				t.Fatalf("%d messages were delivered, want %d each time", len(all), len(tt.mails))
			}
			for i, got := range all {
				if want := tt.mails[i%len(tt.mails)]; got != want {
					t.Errorf("message %d of %d is %q, want %q", i, len(all), got, want)
				}
			}
		})
	}
}

// What comes in the middle of a text, and may be the end of it to another server: all of S1 of the
// security notes, and more.
var smuggled = []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\n", "\r\r\n.\r\n",
	"\n.\r\r\n", "\r\n\x00.\r\n", "\r.\r\n", "\n\n.\r\n", "\r\n.\r\r\n", "\r\n.\n\r\n", "\r\n..\r\n",
	"\n..\r\n", "\r\n.\t\r\n", "\n\r\n.\r\n", "\r\n\r.\r\n"}

// CVE-2023-51764 and its kin: there is one message, or a refusal and the end. What is hidden in the
// text is never a command.
func TestSmuggling(t *testing.T) {
	const hidden = "MAIL FROM:<evil@x>\r\nRCPT TO:<y@z>\r\nDATA\r\nevil\r\n.\r\n"
	for _, seq := range smuggled {
		text := "Subject: x\r\n\r\nhello" + seq + hidden
		s := newTestSite(t)
		c := chattest.EverySplit(t, s.newSession, begin+"DATA\r\n"+text+"NOOP\r\n")
		mails := s.mails(t)
		for _, mail := range mails {
			if want := strings.ReplaceAll(strings.TrimSuffix(text, ".\r\n"), "\r\n.", "\r\n"); mail != want {
				t.Errorf("%q: delivered %q, want %q", seq, mail, want)
			}
		}
		got, _ := strings.CutPrefix(string(c.Received()), begun+go354)
		isRefused := got == "550 5.6.0 A line ends with CR LF, and neither comes alone; goodbye\r\n" &&
			c.Closed() && len(mails) == 0
		isAccepted := got == accepted+"250 2.0.0 Ok\r\n" && len(mails) > 100
		if bare := strings.ContainsAny(strings.ReplaceAll(seq, "\r\n", ""), "\r\n"); isRefused != bare ||
			isAccepted == bare {
			t.Errorf("%q: %d messages, and the answer %q", seq, len(mails), got)
		}
		// A message that is too large is no way around it.
		c = chattest.EverySplit(t, s.newSession,
			begin+"DATA\r\n"+strings.Repeat("x", 1000)+text+"NOOP\r\n")
		got, _ = strings.CutPrefix(string(c.Received()), begun+go354)
		if mails := s.mails(t); len(mails) > 0 || isRefused != strings.HasPrefix(got, "550 ") ||
			isRefused == strings.Contains(got, "Ok") {
			t.Errorf("%q in a message that is too large: %d messages, and the answer %q",
				seq, len(mails), got)
		}
		// The same as a chunk, where only the length says where the end is.
		c = chattest.EverySplit(t, s.newSession,
			begin+fmt.Sprintf("BDAT %d LAST\r\n", len(text))+text+"NOOP\r\n")
		mails = s.mails(t)
		for _, mail := range mails {
			if mail != text {
				t.Errorf("%q: delivered %q, want %q", seq, mail, text)
			}
		}
		got, _ = strings.CutPrefix(string(c.Received()), begun)
		if !isRefused && (got != accepted+"250 2.0.0 Ok\r\n" || len(mails) < 100) ||
			isRefused && (!strings.HasPrefix(got, "550 ") || len(mails) > 0) {
			t.Errorf("%q in a chunk: %d messages, and the answer %q", seq, len(mails), got)
		}
	}
}

// A message over one part goes to the disk piece by piece, and the client is not faster than that.
func TestLargeMessage(t *testing.T) {
	s := newTestSite(t)
	s.maxSize = 1 << 20
	text := strings.Repeat(strings.Repeat("x", 98)+"\r\n", 10_000)
	c, h := connect(t, s)
	c.HoldWork()
	c.SendString(begin + "DATA\r\n")
	most := 0
	for rest := text + ".\r\nQUIT\r\n"; rest != ""; {
		n := min(len(rest), 10_000)
		c.SendString(rest[:n])
		rest = rest[n:]
		for c.FinishWork() {
			if h.message != nil {
				most = max(most, len(h.message.part))
			}
		}
	}
	if most > maxPart+64<<10 {
		t.Errorf("%d bytes were in memory", most)
	}
	if got := string(c.Received()); !strings.HasSuffix(got, go354+accepted+"221 2.0.0 Goodbye\r\n") {
		t.Errorf("received %q", got)
	}
	expectMails(t, s, text)
}

// While a part is being written, nothing is read.
func TestSlowDisk(t *testing.T) {
	s := newTestSite(t)
	s.maxSize = 1 << 20
	c, h := connect(t, s)
	c.HoldWork()
	c.SendString(begin + "DATA\r\n" + strings.Repeat("x", 70_000))
	for range 100 {
		c.SendString(strings.Repeat("x", 1000))
	}
	if len(h.message.part) > 0 || !c.Paused() || h.message.size > 140_000 {
		t.Errorf("%d bytes were taken, paused is %t", h.message.size, c.Paused())
	}
	c.Advance(time.Hour) // the client is not to blame
	if c.Closed() {
		t.Error("closed while the disk is slow")
	}
	c.SendString("\r\n.\r\n")
	for c.FinishWork() {
	}
	if got := string(c.Received()); !strings.HasSuffix(got, go354+accepted) {
		t.Errorf("received %q", got)
	}
	expectMails(t, s, strings.Repeat("x", 170_000)+"\r\n")
}

// Who has a message on its way when the server shuts down may finish it.
func TestShutdown(t *testing.T) {
	const farewell = "421 4.3.2 mail.example shuts down\r\n"
	for _, tt := range []struct{ before, after, answer string }{
		{"NOOP\r\n", "NOOP\r\n", farewell},
		{"NO", "OP\r\n", farewell},
		{begin, "DATA\r\n", farewell},
		{begin + "DATA\r\n", "x\r\n.\r\nNOOP\r\n", accepted + farewell},
		{begin + "DATA\r\nx\r\n.\r", "\nNOOP\r\n", accepted + farewell},
		{begin + "BDAT 3\r\nx\r\n", "BDAT 0 LAST\r\nNOOP\r\n", accepted + farewell},
		{begin + "DATA\r\n", strings.Repeat("x", 1001) + "\r\n.\r\n",
			"552 5.3.4 The message is larger than 1000 bytes\r\n" + farewell},
	} {
		s := newTestSite(t)
		c, h := connect(t, s)
		c.SendString(tt.before)
		before := c.Received()
		c.Do(h.HandleShutdown)
		c.SendString(tt.after)
		if got := string(c.Received()); got != tt.answer || !c.Closed() {
			t.Errorf("%q, shutdown, %q: received %q, closed %t; want %q", before, tt.after, got,
				c.Closed(), tt.answer)
		}
		s.mails(t)
	}
	s := newTestSite(t)
	c, h := connect(t, s)
	c.HoldWork()
	c.SendString(begin + "DATA\r\nx\r\n.\r\nNOOP\r\n")
	c.Received()
	c.Do(h.HandleShutdown)
	c.FinishWork()
	expectReceived(t, c, accepted+farewell)
	expectMails(t, s, "x\r\n")
}

// After a thousand messages a client may come again.
func TestManyMessages(t *testing.T) {
	s := newTestSite(t)
	c, _ := connect(t, s)
	c.SendString("HELO me\r\n")
	c.Received()
	const message = "MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\n.\r\n"
	for range maxMessages {
		c.SendString(message)
	}
	if got := strings.Count(string(c.Received()), accepted); got != maxMessages {
		t.Errorf("%d messages were accepted, want %d", got, maxMessages)
	}
	c.SendString(message)
	expectReceived(t, c, "421 4.7.0 Enough messages for one session\r\n")
	if n := len(s.mails(t)); n != maxMessages {
		t.Errorf("%d messages were delivered, want %d", n, maxMessages)
	}
}

func FuzzSession(f *testing.F) {
	s := newTestSite(f)
	s.maxSize = 100
	chattest.Fuzz(f, s.newSession, begin+"DATA\r\nx\r\n..\r\n.\r\nQUIT\r\n",
		begin+"BDAT 3\r\nx\r\nBDAT 0 LAST\r\nRSET\r\n",
		"HELO me\r\nMAIL FROM:<\"a>\"@b> SIZE=7 BODY=7BIT SMTPUTF8\r\nSTARTTLS\r\n",
		begin+"DATA\r\n"+strings.Repeat("x", 300)+"\n.\r\n")
}
