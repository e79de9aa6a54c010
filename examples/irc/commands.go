package main

import (
	"errors"

	"github.com/go-asynchat/asynchat/chat"
)

// A call is a command in progress. Its parameters are not words, as those that the table splits: so
// the table gets the verb alone.
type call struct {
	*session
	verb   string
	params []string
}

var commands = chat.Commands[*call]{
	Verbs: map[string]chat.Command[*call]{
		"CAP":      anybody(1, (*call).capabilities),
		"PASS":     anybody(1, (*call).pass),
		"NICK":     anybody(0, (*call).setNick),
		"USER":     anybody(4, (*call).setUser),
		"PING":     anybody(0, (*call).ping),
		"PONG":     anybody(0, func(*call) {}),
		"QUIT":     anybody(0, (*call).bye),
		"JOIN":     users(1, (*call).join),
		"PART":     users(1, (*call).part),
		"TOPIC":    users(1, (*call).topic),
		"NAMES":    users(0, (*call).names),
		"LIST":     users(0, (*call).list),
		"KICK":     users(2, (*call).kick),
		"MODE":     users(1, (*call).mode),
		"AWAY":     users(0, (*call).setAway),
		"INVITE":   users(2, (*call).invite),
		"USERHOST": users(1, (*call).userhost),
		"ISON":     users(1, (*call).ison),
		"VERSION":  users(0, (*call).version),
		"LUSERS":   users(0, (*call).lusers),
		"PRIVMSG":  users(0, (*call).privmsg),
		"NOTICE":   users(0, (*call).notice),
		"WHO":      users(0, (*call).who),
		"WHOIS":    users(0, (*call).whois),
		"MOTD":     users(0, (*call).motd),
	},
	Bad: (*call).bad,
}

func (c *call) bad(_ []byte, err error) {
	switch {
	case errors.Is(err, chat.ErrArguments):
		c.reply(461, "%s :Not enough parameters", c.verb)
	case !c.joined:
		c.refuse(451, ":You have not registered")
	default:
		c.reply(421, "%s :Unknown command", word(c.verb))
	}
}

// anybody is a command for clients that need not be registered, with so many parameters at least.
func anybody(atLeast int, run func(*call)) chat.Command[*call] {
	return chat.Command[*call]{Run: func(c *call, _ [][]byte) {
		if len(c.params) < atLeast {
			c.bad(nil, chat.ErrArguments)
		} else {
			run(c)
		}
	}}
}

// users is a command for those who are registered.
func users(atLeast int, run func(*call)) chat.Command[*call] {
	return anybody(0, func(c *call) {
		if !c.joined {
			c.refuse(451, ":You have not registered")
		} else {
			anybody(atLeast, run).Run(c, nil)
		}
	})
}

// refuse is reply for an error of a client that is not registered, which has not many of them.
func (c *call) refuse(code int, format string, args ...any) {
	if c.strikes.Strike(c.Channel, "ERROR :Closing link: too many errors\r\n") {
		return
	}
	c.reply(code, format, args...)
}

// param returns a parameter, empty if there is none.
func (c *call) param(i int) string {
	if i < len(c.params) {
		return c.params[i]
	}
	return ""
}

func (c *call) ping() {
	if c.param(0) == "" {
		c.reply(409, ":No origin specified")
		return
	}
	c.net.out = appendLine(c.net.out, ":%s PONG %s :%s", c.net.name, c.net.name, c.param(0))
}

func (c *call) bye() {
	reason := "Quit"
	if said := c.param(0); said != "" {
		reason += ": " + clip(said, maxText) // so that nobody can say that it was a timeout
	}
	c.quit(reason)
}
