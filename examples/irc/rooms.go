package main

import (
	"maps"
	"slices"
	"strings"
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

// appendNames lists the members, as many as fit on a line.
func (c *call) appendNames(dst []byte, r *room) []byte {
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
	return c.appendReply(dst, 366, "%s :End of NAMES", r.name)
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

func (c *call) names() {
	if r := c.net.room(c.param(0)); r != nil {
		c.net.out = c.appendNames(c.net.out, r)
	} else {
		c.reply(366, "%s :End of NAMES", word(c.param(0)))
	}
}

func (c *call) list() {
	c.reply(321, "Channel :Users  Name")
	keys := slices.Sorted(maps.Keys(c.net.rooms))
	if c.param(0) != "" {
		keys = strings.Split(fold(c.param(0)), ",")
	}
	for _, key := range keys {
		if r := c.net.rooms[key]; r != nil {
			c.reply(322, "%s %d :%s", r.name, len(r.members), r.topic)
		}
	}
	c.reply(323, ":End of LIST")
}

func (c *call) kick() {
	r, m := c.inside(c.params[0])
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
	for _, nick := range c.targets(c.params[1]) {
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
