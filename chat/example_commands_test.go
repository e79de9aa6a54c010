//go:build unix

package chat_test

import (
	"strings"

	"github.com/go-asynchat/asynchat/chat"
)

// A member is a session of a protocol with three verbs.
type member struct {
	*chat.Channel
	name   string
	faults chat.Budget
}

var commands = chat.Commands[*member]{
	Verbs: map[string]chat.Command[*member]{
		"NAME": {Run: (*member).setName, Min: 1, Max: 1},
		"SAY":  {Run: (*member).say, Min: 1, Max: 1, Rest: true},
		"QUIT": {Run: (*member).quit},
	},
	Bad: (*member).bad,
}

func (s *member) setName(args [][]byte) {
	s.name = string(args[0])
	s.PushLine("200 hello", s.name)
}

func (s *member) say(args [][]byte) { s.PushLine("200", s.name, "says:", string(args[0])) }

func (s *member) quit([][]byte) {
	s.PushLine("200 bye")
	s.CloseWhenDone()
}

func (s *member) bad(verb []byte, err error) {
	if !s.faults.Strike(s.Channel, "421 that is enough\r\n") {
		s.PushLine("500", strings.TrimPrefix(err.Error(), "chat: "))
	}
}

func ExampleCommands() {
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		s := &member{Channel: c, name: "somebody", faults: chat.Budget{Strikes: 3}}
		return chat.Lines(func(_ *chat.Channel, line []byte) { commands.Call(s, line) })(c)
	}}
	talk(server, "name ada\r\nSay  what is  on your mind\r\nname\r\nEHLO there\r\nGET / HTTP/1.1\r\n"+
		"SAY never heard\r\n")
	// Output:
	// 200 hello ada
	// 200 ada says: what is  on your mind
	// 500 wrong number of arguments
	// 500 unknown command
	// 421 that is enough
}

// Commands with strings as arguments, and with HELP. The table is made in a function, because its
// HELP uses the table itself.
func ExampleCommands_Help() {
	var table *chat.Commands[*chat.Channel]
	table = &chat.Commands[*chat.Channel]{Verbs: map[string]chat.Command[*chat.Channel]{
		"ECHO": {Min: 1, Max: 1, Rest: true, Help: "<text>: says it back",
			Text: func(c *chat.Channel, args []string) { c.PushReply(200, args[0]) }},
		"HELP": {Max: 1, Help: "[verb]: tells what there is",
			Text: func(c *chat.Channel, args []string) {
				c.PushReply(214, table.Help(strings.Join(args, ""))...)
			}},
	}}
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		table.Call(c, line)
	})}
	talk(server, "help\r\nhelp echo\r\necho hello  there\r\n")
	// Output:
	// 214-ECHO <text>: says it back
	// 214 HELP [verb]: tells what there is
	// 214 ECHO <text>: says it back
	// 200 hello  there
}
