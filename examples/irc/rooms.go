package main

import (
	"strings"

	"github.com/go-asynchat/asynchat/chat"
)

const maxTargets = 4 // of a message, and of KICK

func (c *call) join() {
	if c.params[0] == "0" {
		for len(c.in) > 0 {
			c.depart(c.in[0], "")
		}
		return
	}
	keys := strings.Split(c.param(1), ",")
	for i, name := range strings.Split(c.params[0], ",") {
		key := ""
		if i < len(keys) {
			key = keys[i]
		}
		c.joinOne(name, key)
	}
}

func (c *call) joinOne(name, key string) {
	r := c.net.room(name)
	switch {
	case !isRoom(name):
		c.reply(403, "%s :No such channel", word(name))
	case r != nil && c.member(r) != nil:
	case len(c.in) == maxRoomsEach:
		c.reply(405, "%s :You have joined too many channels", name)
	case r == nil && len(c.net.rooms) >= maxRooms:
		c.reply(437, "%s :There are too many channels", name)
	case r != nil && r.key != "" && r.key != key:
		c.reply(475, "%s :Cannot join channel (+k)", r.name)
	case r != nil && r.limit > 0 && len(r.members) >= r.limit:
		c.reply(471, "%s :Cannot join channel (+l)", r.name)
	default:
		r = c.enter(r, name).room
		c.announce(r, ":%s JOIN %s", c.mask(), r.name)
		c.net.out = c.appendNames(c.appendTopic(c.net.out, r), r)
	}
}

func (c *call) appendTopic(dst []byte, r *room) []byte {
	if r.topic == "" {
		return dst
	}
	dst = c.appendReply(dst, 332, "%s :%s", r.name, r.topic)
	return c.appendReply(dst, 333, "%s %s %d", r.name, r.topicBy, r.topicAt.Unix())
}

func (c *call) appendNames(dst []byte, r *room) []byte {
	return c.appendReply(c.appendMembers(dst, r), 366, "%s :End of NAMES", r.name)
}

// appendMembers lists the members, as many as fit on a line.
func (c *call) appendMembers(dst []byte, r *room) []byte {
	room := maxLine - len(c.appendReply(nil, 353, "= %s :", r.name)) + len("\r\n")
	var names []byte
	for i, m := range r.members {
		names = append(append(names, m.prefix()...), m.nick...)
		if last := i == len(r.members)-1; last || len(names)+len(" @")+maxNick > room {
			dst = c.appendReply(dst, 353, "= %s :%s", r.name, names)
			names = names[:0]
		} else {
			names = append(names, ' ')
		}
	}
	return dst
}

// inside returns the room of that name and what the client is in it. If it is not in it, that was
// replied, and both are nil.
func (c *call) inside(name string) (*room, *member) {
	r := c.net.room(name)
	if r == nil {
		c.reply(403, "%s :No such channel", word(name))
		return nil, nil
	}
	m := c.member(r)
	if m == nil {
		c.reply(442, "%s :You are not on that channel", r.name)
		return nil, nil
	}
	return r, m
}

func (c *call) part() {
	for _, name := range strings.Split(c.params[0], ",") {
		if _, m := c.inside(name); m != nil {
			c.depart(m, clip(c.param(1), maxText))
		}
	}
}

func (c *call) depart(m *member, reason string) {
	if reason != "" {
		reason = " :" + reason
	}
	c.announce(m.room, ":%s PART %s%s", c.mask(), m.room.name, reason)
	m.exit()
}

func (c *call) topic() {
	r, m := c.inside(c.params[0])
	switch {
	case m == nil:
	case len(c.params) > 1 && r.guarded && !m.op:
		c.reply(482, "%s :You are not a channel operator", r.name)
	case len(c.params) > 1:
		r.topic, r.topicBy, r.topicAt = clip(c.params[1], maxText), c.nick, c.Loop().Now()
		c.announce(r, ":%s TOPIC %s :%s", c.mask(), r.name, r.topic)
	case r.topic == "":
		c.reply(331, "%s :No topic is set", r.name)
	default:
		c.net.out = c.appendTopic(c.net.out, r)
	}
}

// kick takes one room and some users, or as many rooms as users.
func (c *call) kick() {
	rooms, nicks := strings.Split(c.params[0], ","), strings.Split(c.params[1], ",")
	if len(rooms) > 1 && len(rooms) != len(nicks) {
		c.bad(nil, chat.ErrArguments)
		return
	}
	if len(rooms) == 1 {
		c.kickOut(rooms[0], c.targets(c.params[1]))
		return
	}
	for i, nick := range c.targets(c.params[1]) {
		c.kickOut(rooms[i], []string{nick})
	}
}

func (c *call) kickOut(room string, nicks []string) {
	r, m := c.inside(room)
	if m == nil {
		return
	}
	if !m.op {
		c.reply(482, "%s :You are not a channel operator", r.name)
		return
	}
	reason := clip(c.param(2), maxText)
	if reason == "" {
		reason = c.nick
	}
	for _, nick := range nicks {
		if other := c.target(r, nick); other != nil {
			c.announce(r, ":%s KICK %s %s :%s", c.mask(), r.name, other.nick, reason)
			other.exit()
		}
	}
}

// target returns the member of that nick. If there is none, that was replied, and it is nil.
func (c *call) target(r *room, nick string) *member {
	user := c.net.user(nick)
	if user == nil {
		c.reply(401, "%s :No such nick", word(nick))
		return nil
	}
	m := user.member(r)
	if m == nil {
		c.reply(441, "%s %s :They are not on that channel", user.nick, r.name)
	}
	return m
}

// targets takes a list apart. Of one that is too long, the rest is refused.
func (c *call) targets(list string) []string {
	targets := strings.SplitN(list, ",", maxTargets+1)
	if len(targets) > maxTargets {
		c.reply(407, "%s :Too many targets", word(targets[maxTargets]))
		targets = targets[:maxTargets]
	}
	return targets
}
