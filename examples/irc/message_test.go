package main

import (
	"net"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

func TestParse(t *testing.T) {
	many := strings.Repeat("p ", maxParams-1)
	for _, tt := range []struct {
		line, verb string
		params     []string
	}{
		{"PING", "PING", nil},
		{"  PING   a  ", "PING", []string{"a"}},
		{"PRIVMSG #go :hello  there ", "PRIVMSG", []string{"#go", "hello  there "}},
		{"PRIVMSG #go :", "PRIVMSG", []string{"#go", ""}},
		{"PRIVMSG #go ::)", "PRIVMSG", []string{"#go", ":)"}},
		{"PRIVMSG #go :a :b", "PRIVMSG", []string{"#go", "a :b"}},
		{"PRIVMSG   #go   hello", "PRIVMSG", []string{"#go", "hello"}},
		{"MODE #a:b +k", "MODE", []string{"#a:b", "+k"}},
		{":ada NICK bob", "NICK", []string{"bob"}},
		{":ada!a@b   NICK bob", "NICK", []string{"bob"}},
		{"@time=1;x=:y :ada NICK :bob", "NICK", []string{"bob"}},
		{"@time=1 NICK bob", "NICK", []string{"bob"}},
		{":ada @x NICK", "@x", []string{"NICK"}},
		{"", "", nil},
		{"    ", "", nil},
		{":ada", "", nil},
		{":", "", nil},
		{"@", "", nil},
		{"@a :b ", "", nil},
		{"NICK\tada", "NICK\tada", nil},
		{"X " + many + "last one  : ", "X",
			append(slices.Repeat([]string{"p"}, maxParams-1), "last one  : ")},
		{"X " + many + ":last one", "X", append(slices.Repeat([]string{"p"}, maxParams-1), "last one")},
	} {
		verb, params := parse(tt.line)
		if verb != tt.verb || !slices.Equal(params, tt.params) {
			t.Errorf("%q is %q %q, want %q %q", tt.line, verb, params, tt.verb, tt.params)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name       string
		nick, room bool
	}{
		{"ada", true, false}, {"[\\]^_`{|}", true, false}, {"a-1", true, false}, {"1a", false, false},
		{"-a", false, false}, {"", false, false},
		{"a b", false, false}, {"a!b", false, false}, {"a@b", false, false}, {"\xe9", false, false},
		{":a", false, false}, {"a~", false, false},
		{strings.Repeat("a", maxNick), true, false}, {strings.Repeat("a", maxNick+1), false, false},
		{"#go", false, true}, {"##", false, true}, {"#", false, false}, {"#a,b", false, false},
		{"#a b", false, false}, {"#a\ab", false, false},
		{"#é", false, true}, {"#\xe9", false, false}, {"&go", false, false},
		{"#" + strings.Repeat("a", maxRoom-1), false, true},
		{"#" + strings.Repeat("a", maxRoom), false, false},
	} {
		if nick, room := isNick(tt.name), isRoom(tt.name); nick != tt.nick || room != tt.room {
			t.Errorf("%q: nick is %t, room is %t; want %t, %t", tt.name, nick, room, tt.nick, tt.room)
		}
	}
}

func TestFold(t *testing.T) {
	if got, want := fold("aZ[]\\~{}|^-_`#É"), "az{}|^{}|^-_`#É"; got != want {
		t.Errorf("fold is %q, want %q", got, want)
	}
}

func TestUserName(t *testing.T) {
	for in, want := range map[string]string{"ada": "~ada", "a b@c!d": "~abcd", "": "~", "é\x00:": "~",
		"0123456789": "~012345678"} {
		if got := userName(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestHostOf(t *testing.T) {
	for want, addr := range map[string]net.Addr{
		"127.0.0.1": &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1},
		"0::1":      &net.TCPAddr{IP: net.IPv6loopback, Port: 1},
		"localhost": &net.UnixAddr{Name: "/tmp/x", Net: "unix"},
	} {
		if got := hostOf(addr); got != want {
			t.Errorf("%v is %q, want %q", addr, got, want)
		}
	}
	if got := hostOf(nil); got != "localhost" {
		t.Errorf("no address is %q", got)
	}
}

// What is taken apart, put together and taken apart again is the same.
func FuzzParse(f *testing.F) {
	f.Add("@a=b;c :ada!a@b PRIVMSG #go,bob :hello  :there ")
	f.Add("MODE #go +ov-k 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17")
	f.Add("::@@ : :")
	f.Fuzz(func(t *testing.T, line string) {
		verb, params := parse(line)
		if strings.Contains(verb, " ") || len(params) > maxParams || verb == "" && len(params) > 0 {
			t.Fatalf("%q is %q %q", line, verb, params)
		}
		for i, p := range params[:max(0, len(params)-1)] {
			if p == "" || p[0] == ':' || strings.Contains(p, " ") {
				t.Errorf("%q: parameter %d is %q", line, i, p)
			}
		}
		again := ": " + verb
		for i, p := range params {
			if again += " "; i == len(params)-1 {
				again += ":"
			}
			again += p
		}
		if v, p := parse(again); v != verb || !slices.Equal(p, params) {
			t.Errorf("%q is %q %q, but %q is %q %q", line, verb, params, again, v, p)
		}
		sent := appendLine([]byte("before\r\n"), "%s", line)
		cut := strings.TrimSuffix(strings.TrimPrefix(string(sent), "before\r\n"), "\r\n")
		if len(cut) > maxLine || !strings.HasPrefix(line, cut) || utf8.ValidString(line) &&
			(!utf8.ValidString(cut) || len(line) > maxLine && len(cut) < maxLine-3) {
			t.Errorf("%q is sent as %q", line, cut)
		}
		if isNick(line) && (isRoom(line) || !isWord(line) || !isNick(fold(line))) ||
			isRoom(line) && !isWord(line) || fold(fold(line)) != fold(line) {
			t.Errorf("%q: names", line)
		}
	})
}

func FuzzSession(f *testing.F) {
	const welcome = "NICK ada\r\nUSER ada 0 * :Ada\r\n"
	chattest.Fuzz(f, alone, welcome+"JOIN #go\r\nPRIVMSG #go,ada :hello\r\nNICK Bob\r\nPING x\r\n"+
		"MODE #go +vklm-t Bob x 3\r\nKICK #go bob\r\nQUIT\r\n",
		"CAP LS 302\r\n"+welcome+
			"CAP REQ :x\r\nCAP END\r\nJOIN 0\r\nTOPIC #go :x\r\nLIST\r\nWHO #go\r\nWHOIS ada\r\n",
		welcome+"JOIN #a,#b x,y\r\nPART #a,#b,#c :x\r\nJOIN #a\r\nNAMES #a\r\nNOTICE ada :"+
			strings.Repeat("x", 600)+"\r\nPING x\r\n")
}
