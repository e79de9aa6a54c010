package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A meeting is a server in memory, with two loops.
type meeting struct {
	*testing.T
	*network
	listener *chattest.Listener
	server   *chat.Server
}

func meet(t *testing.T, n *network) *meeting {
	t.Helper()
	m := &meeting{T: t, network: n, listener: chattest.Listen(t), server: n.server()}
	m.server.Loops = 2
	m.server.Handler = chattest.Guard(t, n.newSession)
	require.NoError(t, m.server.Serve(m.listener))
	return m
}

// A guest is a client that has registered.
type guest struct {
	*chattest.Peer
	t    *testing.T
	nick string
}

// guest registers a client and has it join rooms.
func (m *meeting) guest(nick string, rooms ...string) *guest {
	m.Helper()
	g := &guest{m.listener.Dial(), m.T, nick}
	g.says("NICK "+nick, "USER "+nick+" 0 * :"+strings.ToUpper(nick))
	if got := string(g.Received()); !strings.HasPrefix(got, ":irc.example 001 ") ||
		!strings.HasSuffix(got, ":End of MOTD\r\n") {
		m.Fatalf("%s is welcomed with %q", nick, got)
	}
	for _, room := range rooms {
		g.says("JOIN " + room)
		if got := string(g.Received()); !strings.HasSuffix(got, ":End of NAMES\r\n") {
			m.Fatalf("%s joins %s and is told %q", nick, room, got)
		}
	}
	return g
}

// guests are several, all in #go, the first of them its operator.
func (m *meeting) guests(nicks ...string) (all []*guest) {
	m.Helper()
	for _, nick := range nicks {
		all = append(all, m.guest(nick, "#go"))
	}
	for _, g := range all {
		g.Received()
	}
	return all
}

func (g *guest) says(lines ...string) { g.SendString(strings.Join(lines, "\r\n") + "\r\n") }

// hears checks all that the guest has been sent since the last time. A number at the beginning of a
// line stands for a reply of the server, and a nick and an exclamation mark for the mask of a user.
func (g *guest) hears(lines ...string) {
	g.t.Helper()
	var want strings.Builder
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		if nick, ok := strings.CutSuffix(word, "!"); ok {
			fmt.Fprintf(&want, ":%s!~%s@127.0.0.1 %s\r\n", nick,
				clip(strings.ToLower(nick), maxUser-1), rest)
		} else if word[0] >= '0' && word[0] <= '9' {
			fmt.Fprintf(&want, ":irc.example %s %s %s\r\n", word, g.nick, rest)
		} else {
			fmt.Fprintf(&want, "%s\r\n", line)
		}
	}
	if got := string(g.Received()); got != want.String() {
		g.t.Errorf("%s hears\n%swant\n%s", g.nick, got, want.String())
	}
}

func TestMeeting(t *testing.T) {
	m := meet(t, hasty())
	ada := m.guest("ada", "#go")
	bob := m.guest("bob")
	if m.user("ada").Loop() == m.user("bob").Loop() {
		t.Error("they are on one loop")
	}
	ada.says("TOPIC #go :Engines")
	ada.hears("ada! TOPIC #go :Engines")
	bob.says("JOIN #GO", "PING x")
	ada.hears("bob! JOIN #go")
	bob.hears("bob! JOIN #go", "332 #go :Engines", "333 #go ada 946684800", "353 = #go :@ada bob",
		"366 #go :End of NAMES", ":irc.example PONG irc.example :x")
	bob.says("privmsg #go :hello", "NOTICE Ada :psst", "PRIVMSG nobody :hello", "NOTICE nobody :hello",
		"NOTICE #nowhere :hello")
	ada.hears("bob! PRIVMSG #go :hello", "bob! NOTICE ada :psst")
	bob.hears("401 nobody :No such nick or channel")
	eve := m.guest("eve", "#go", "#rust")
	ada.hears("eve! JOIN #go")
	bob.hears("eve! JOIN #go")
	ada.says("JOIN #rust", "NICK Ada{")
	ada.hears("ada! JOIN #rust", "353 = #rust :@eve ada", "366 #rust :End of NAMES",
		":ada!~ada@127.0.0.1 NICK :Ada{")
	eve.hears("ada! JOIN #rust", ":ada!~ada@127.0.0.1 NICK :Ada{") // once, though they share two rooms
	bob.hears(":ada!~ada@127.0.0.1 NICK :Ada{")
	eve.says("PRIVMSG ADA[,bob :hi")
	bob.hears("eve! PRIVMSG bob :hi")
	ada.hears("eve! PRIVMSG Ada{ :hi")
	bob.says("WHO #go", "WHO eve", "WHO", "WHOIS eve", "LIST #rust,#go", "WHO *")
	bob.hears("352 #go ~ada 127.0.0.1 irc.example Ada{ H@ :0 ADA",
		"352 #go ~bob 127.0.0.1 irc.example bob H :0 BOB",
		"352 #go ~eve 127.0.0.1 irc.example eve H :0 EVE", "315 #go :End of WHO",
		"352 * ~eve 127.0.0.1 irc.example eve H :0 EVE", "315 eve :End of WHO", "315 * :End of WHO",
		"311 eve ~eve 127.0.0.1 * :EVE", "319 eve :#go", "312 eve irc.example :asynchat",
		"317 eve 0 946684800 :seconds idle, signon time", "318 eve :End of WHOIS",
		"321 Channel :Users  Name", "322 #rust 2 :", "322 #go 3 :Engines", "323 :End of LIST",
		"315 * :End of WHO")
	eve.says("PART #go :tea", "QUIT :bye")
	eve.hears("eve! PART #go :tea", "ERROR :Closing link: 127.0.0.1 (Quit: bye)")
	bob.hears("eve! PART #go :tea")
	ada.hears("eve! PART #go :tea", "eve! QUIT :Quit: bye")
	bob.Reset()
	ada.hears("bob! QUIT :Connection reset by peer")
	ada.says("JOIN 0", "LIST")
	ada.nick = "Ada{"
	ada.hears(":Ada{!~ada@127.0.0.1 PART #go", ":Ada{!~ada@127.0.0.1 PART #rust",
		"321 Channel :Users  Name", "323 :End of LIST")
	if len(m.rooms) != 0 || len(m.nicks) != 1 {
		t.Errorf("left are the rooms %v and the nicks %v", m.rooms, m.nicks)
	}
}

// A nick is taken from the moment somebody asks for it, in whatever case, until he is gone.
func TestNicks(t *testing.T) {
	m := meet(t, hasty())
	ada, other := m.guest("ada[", "#go"), m.listener.Dial()
	other.SendString("NICK ADA{\r\nNICK bob\r\nUSER\r\nNICK\r\n")
	if got, want := string(other.Received()), ":irc.example 433 * ADA{ :Nickname is already in "+
		"use\r\n:irc.example 461 bob USER :Not enough parameters\r\n"+
		":irc.example 431 bob :No nickname given\r\n"; got != want {
		t.Errorf("received %q, want %q", got, want)
	}
	ada.says("NICK BOB", "PRIVMSG bob :you are not there yet", "WHOIS bob", "NICK ADA{", "NICK ADA{",
		"NICK :b c", "NICK "+strings.Repeat("n", maxNick+1))
	ada.nick = "ada["
	before := ":ada[!~ada@127.0.0.1 NICK :ADA{"
	answers := []string{":irc.example 433 ada[ BOB :Nickname is already in use",
		":irc.example 401 ada[ bob :No such nick or channel", ":irc.example 401 ada[ bob :No such nick",
		":irc.example 318 ada[ bob :End of WHOIS", before,
		":irc.example 432 ADA{ * :Erroneous nickname",
		":irc.example 432 ADA{ " + strings.Repeat("n", maxNick+1) + " :Erroneous nickname", ""}
	if got := string(ada.Received()); got != strings.Join(answers, "\r\n") {
		t.Errorf("received %s", got)
	}
	other.SendString("QUIT\r\n")
	ada.says("NICK Bob")
	if got, want := string(ada.Received()), ":ADA{!~ada@127.0.0.1 NICK :Bob\r\n"; got != want {
		t.Errorf("received %q, want %q", got, want)
	}
	if g := m.guest("ada["); m.user("ADA{") == nil || g.Closed() {
		t.Error("a nick that was given up is not free")
	}
}

// What comes from a client is a line within 512 bytes to the others, whose last character is whole.
func TestLongLines(t *testing.T) {
	m := meet(t, hasty())
	all := m.guests("ada", "bob")
	for _, tt := range []struct{ text, want string }{
		{strings.Repeat("x", 600), ""},
		{strings.Repeat("x", maxLine-len("PRIVMSG #go :")),
			strings.Repeat("x", maxLine-len(":ada!~ada@127.0.0.1 PRIVMSG #go :"))},
		{strings.Repeat("é", 248), strings.Repeat("é", 238)},
		{"x" + strings.Repeat("é", 248), "x" + strings.Repeat("é", 238)},
	} {
		all[0].says("PRIVMSG #go :" + tt.text)
		if tt.want == "" {
			all[0].hears("417 :Input line was too long")
			all[1].hears()
		} else {
			all[0].hears()
			all[1].hears("ada! PRIVMSG #go :" + tt.want)
		}
	}
	all[0].says("PRIVMSG #go :a\rQUIT", "PRIVMSG #go :a\x00b",
		"PRIVMSG #go :"+strings.Repeat("x", maxLine), "PRIVMSG #go :still here")
	all[0].hears("400 * :There is a CR or NUL in the line", "400 * :There is a CR or NUL in the line",
		"417 :Input line was too long")
	all[1].hears("ada! PRIVMSG #go :still here")
}

// The names of a large room come on lines of their own, each of them once.
func TestManyNames(t *testing.T) {
	m := meet(t, hasty())
	want := map[string]bool{}
	var last *guest
	for i := range 100 {
		nick := fmt.Sprintf("%s%d", strings.Repeat("n", 5+i%20), i)
		last, want[nick] = m.guest(nick, "#go"), true
	}
	last.says("NAMES #go")
	lines := strings.Split(strings.TrimSuffix(string(last.Received()), "\r\n"), "\r\n")
	for _, line := range lines[:len(lines)-1] {
		_, names, ok := strings.Cut(line, " 353 "+last.nick+" = #go :")
		if !ok || len(line) > maxLine || len(lines) > 8 {
			t.Errorf("of %d lines, one is %q", len(lines), line)
		}
		for _, name := range strings.Split(names, " ") {
			name = strings.TrimPrefix(name, "@")
			if !want[name] {
				t.Errorf("%q is not there, or twice", name)
			}
			delete(want, name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not told: %v", want)
	}
}

func TestManyRooms(t *testing.T) {
	m := meet(t, hasty())
	ada := m.guest("ada")
	for i := range maxRoomsEach {
		ada.says(fmt.Sprintf("JOIN #%d", i))
	}
	ada.Received()
	ada.says("JOIN #0", "JOIN #more", "PRIVMSG ada,ada,ada,ada,bob,eve :hi", "NOTICE a,b,c,d,e :hi")
	ada.hears("405 #more :You have joined too many channels", "407 bob,eve :Too many targets",
		"ada! PRIVMSG ada :hi", "ada! PRIVMSG ada :hi", "ada! PRIVMSG ada :hi", "ada! PRIVMSG ada :hi")
	for i := len(m.rooms); i < maxRooms; i++ {
		m.rooms[fmt.Sprint("#x", i)] = &room{name: fmt.Sprint("#x", i)}
	}
	bob := m.guest("bob")
	bob.says("JOIN #more")
	bob.hears("437 #more :There are too many channels")
	bob.says("LIST") // longer than all that may wait, and taken
	if got := strings.Count(string(bob.Received()), "\r\n"); got != maxRooms+2 || bob.Closed() {
		t.Errorf("LIST has %d lines, want %d", got, maxRooms+2)
	}
}

func TestPassword(t *testing.T) {
	n := hasty()
	n.password, n.motd = "sesame", nil
	m := meet(t, n)
	for _, tt := range []struct{ said, answer string }{
		{"", ":irc.example 464 ada :Password incorrect\r\n" +
			"ERROR :Closing link: 127.0.0.1 (Bad password)\r\n"},
		{"PASS Sesame\r\n", ":irc.example 464 ada :Password incorrect\r\n" +
			"ERROR :Closing link: 127.0.0.1 (Bad password)\r\n"},
		{"PASS sesame\r\n", ":irc.example 422 ada :There is no message of the day\r\n"},
	} {
		c := m.listener.Dial()
		c.SendString(tt.said + "NICK ada\r\nUSER a 0 * a\r\n")
		if got := string(c.Received()); !strings.HasSuffix(got, tt.answer) ||
			strings.Contains(tt.answer, "ERROR") != c.Closed() {
			t.Errorf("%q: %q", tt.said, got)
		}
	}
	c := m.listener.Dial()
	c.SendString("USER a 0 * a\r\nPASS sesame\r\nNICK bob\r\nPASS x\r\nUSER a 0 * a\r\n")
	if got := string(c.Received()); strings.Count(got, "462 bob :You may not reregister") != 2 {
		t.Errorf("received %q", got)
	}
}

// A page in a browser may post what it likes to any port, and who tries commands may not try for
// ever.
func TestStrangers(t *testing.T) {
	m := meet(t, hasty())
	for _, tt := range []struct{ said, answer string }{
		{"POST / HTTP/1.1\r\nNICK ada\r\nUSER a 0 * a\r\n",
			"ERROR :Closing link: 127.0.0.1 (This is not HTTP)\r\n"},
		{strings.Repeat("EHLO me\r\nJOIN #go\r\n", 11),
			strings.Repeat(":irc.example 451 * :You have not registered\r\n", 20-1) +
				"ERROR :Closing link: too many errors\r\n"},
	} {
		c := m.listener.Dial()
		c.SendString(tt.said)
		if got := string(c.Received()); got != tt.answer || !c.Closed() {
			t.Errorf("%.40q: %q", tt.said, got)
		}
	}
	if len(m.nicks) > 0 {
		t.Errorf("left are %v", m.nicks)
	}
}
