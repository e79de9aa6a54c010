package main

import (
	"cmp"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// capabilities answers clients that ask for more than RFC 2812: there is nothing.
func (c *call) capabilities() {
	reply := func(format string, args ...any) {
		c.net.out = appendLine(c.net.out, ":%s CAP %s "+format,
			append([]any{c.net.name, cmp.Or(c.nick, "*")}, args...)...)
	}
	switch what := strings.ToUpper(c.params[0]); what {
	case "LS":
		c.agreeing = !c.joined
		reply("LS :")
	case "LIST":
		reply("LIST :")
	case "REQ":
		c.agreeing = !c.joined
		reply("NAK :%s", c.param(1))
	case "END":
		c.agreeing = false
		c.register()
	default:
		c.reply(410, "%s :Invalid CAP command", word(c.params[0]))
	}
}

func (c *call) pass() {
	if c.joined {
		c.reply(462, ":You may not reregister")
		return
	}
	c.password = c.params[0]
}

func (c *call) setUser() {
	if c.user != "" {
		c.reply(462, ":You may not reregister")
		return
	}
	if c.params[3] == "" {
		c.bad(nil, chat.ErrArguments)
		return
	}
	c.user, c.real = userName(c.params[0]), clip(c.params[3], maxReal)
	c.register()
}

func (c *call) setNick() {
	nick := c.param(0)
	switch before := c.mask(); {
	case nick == "":
		c.reply(431, ":No nickname given")
	case !isNick(nick):
		c.reply(432, "%s :Erroneous nickname", word(nick))
	case nick == c.nick:
	case !c.joined:
		if !c.rename(nick) {
			c.reply(433, "%s :Nickname is already in use", nick)
			return
		}
		c.register()
	case !c.rename(nick):
		c.reply(433, "%s :Nickname is already in use", nick)
	default:
		c.tell(append(c.acquaintances(), c.Channel), ":%s NICK :%s", before, nick)
	}
}

// register lets the client in, once it has said all that it must.
func (c *call) register() {
	if c.joined || c.nick == "" || c.user == "" || c.agreeing {
		return
	}
	n := c.net
	if n.password != "" && subtle.ConstantTimeCompare([]byte(c.password), []byte(n.password)) == 0 {
		c.reply(464, ":Password incorrect")
		c.quit("Bad password")
		return
	}
	c.joined = true
	c.clock.Reset(n.pingAfter)
	c.reply(1, ":Welcome to the Internet Relay Network %s", c.mask())
	c.reply(2, ":Your host is %s, running asynchat", n.name)
	c.reply(3, ":This server was created %s", n.since.UTC().Format(time.RFC1123))
	c.reply(4, "%s asynchat i klmnotv klov", n.name)
	c.reply(5, "CASEMAPPING=rfc1459 CHANLIMIT=#:%d CHANMODES=,k,l,mnt CHANNELLEN=%d CHANTYPES=# "+
		"MODES=%d NICKLEN=%d PREFIX=(ov)@+ "+
		"TARGMAX=KICK:%d,NAMES:1,NOTICE:%d,PRIVMSG:%d,WHOIS:1 TOPICLEN=%d USERLEN=%d :are "+
		"supported by this server",
		maxRoomsEach, maxRoom, maxModes, maxNick, maxTargets, maxTargets, maxTargets, maxText, maxUser)
	c.motd()
}

func (c *call) motd() {
	if len(c.net.motd) == 0 {
		c.reply(422, ":There is no message of the day")
		return
	}
	c.reply(375, ":- %s Message of the day -", c.net.name)
	for _, line := range c.net.motd {
		c.reply(372, ":- %s", line)
	}
	c.reply(376, ":End of MOTD")
}
