package main

import (
	"cmp"
	"strings"
)

const maxAsked = 5 // users in one USERHOST

// away says that the user is not there, until an AWAY without a reason.
func (c *call) setAway() {
	if c.away = clip(c.param(0), maxText); c.away == "" {
		c.reply(305, ":You are no longer marked as being away")
	} else {
		c.reply(306, ":You have been marked as being away")
	}
}

// replyAway tells why a user may not answer.
func (c *call) replyAway(user *session) {
	if user.away != "" {
		c.reply(301, "%s :%s", user.nick, user.away)
	}
}

// here is G for a user who is gone.
func (s *session) here() string {
	if s.away != "" {
		return "G"
	}
	return "H"
}

// invite tells a user of a room. It opens no door: there are no rooms by invitation only.
func (c *call) invite() {
	user := c.net.user(c.params[0])
	if user == nil {
		c.reply(401, "%s :No such nick", word(c.params[0]))
		return
	}
	switch r, m := c.inside(c.params[1]); {
	case m == nil:
	case user.member(r) != nil:
		c.reply(443, "%s %s :is already on channel", user.nick, r.name)
	default:
		c.reply(341, "%s %s", user.nick, r.name)
		c.replyAway(user)
		c.tell(c.only(user), ":%s INVITE %s :%s", c.mask(), user.nick, r.name)
	}
}

func (c *call) userhost() {
	var found []string
	for _, nick := range c.params[:min(maxAsked, len(c.params))] {
		if user := c.net.user(nick); user != nil {
			found = append(found, user.nick+"="+map[string]string{"H": "+", "G": "-"}[user.here()]+
				user.user+"@"+user.host)
		}
	}
	c.reply(302, ":%s", strings.Join(found, " "))
}

// ison tells which of these users are there; a client asks for its friends, in one parameter or
// more.
func (c *call) ison() {
	var found []string
	for _, nick := range strings.Fields(strings.Join(c.params, " ")) {
		if user := c.net.user(nick); user != nil {
			found = append(found, user.nick)
		}
	}
	c.reply(303, ":%s", strings.Join(found, " "))
}

func (c *call) version() {
	c.reply(351, "asynchat. %s :RFC 1459 and 2812, in part", c.net.name)
}

func (c *call) lusers() {
	users := 0
	for _, s := range c.net.nicks {
		if s.joined {
			users++
		}
	}
	c.reply(251, ":There are %d users and 0 services on 1 servers", users)
	c.reply(254, "%d :channels formed", len(c.net.rooms))
	c.reply(255, ":I have %d clients and 0 servers", users)
}

// names lists the members of a room, or of all.
func (c *call) names() {
	if c.param(0) == "" {
		c.produce("", func(dst []byte, r *room) []byte { return c.appendMembers(dst, r) },
			":%s 366 %s * :End of NAMES")
		return
	}
	if r := c.net.room(c.param(0)); r != nil {
		c.net.out = c.appendNames(c.net.out, r)
	} else {
		c.reply(366, "%s :End of NAMES", word(c.param(0)))
	}
}

func (c *call) list() {
	c.reply(321, "Channel :Users  Name")
	c.produce(c.param(0), func(dst []byte, r *room) []byte {
		return c.appendReply(dst, 322, "%s %d :%s", r.name, len(r.members), r.topic)
	}, ":%s 323 %s :End of LIST")
}

// produce answers with something of each room, or of those that are named.
func (c *call) produce(names string, describe func([]byte, *room) []byte, end string) {
	keys := c.net.keys()
	if names != "" {
		keys = strings.Split(fold(names), ",")
	}
	c.flush()
	c.hold() // a client that asks and does not read asks once
	c.PushProducer(&catalog{c.session, keys, describe, appendLine(nil, end, c.net.name,
		cmp.Or(c.nick, "*"))})
}
