package main

func (c *call) privmsg() {
	switch {
	case c.param(0) == "":
		c.reply(411, ":No recipient given (PRIVMSG)")
	case c.param(1) == "":
		c.reply(412, ":No text to send")
	default:
		for _, target := range c.targets(c.params[0]) {
			if code, refusal := c.say(target); refusal != "" {
				c.reply(code, "%s :%s", word(target), refusal)
			}
		}
	}
}

// notice is privmsg without a word about failure: a NOTICE is never answered, so that two programs
// cannot answer each other for ever.
func (c *call) notice() {
	if c.param(1) == "" {
		return
	}
	before := len(c.net.out)
	for _, target := range c.targets(c.params[0]) {
		c.say(target)
	}
	c.net.out = c.net.out[:before]
}

// say brings the message to a room, but for who has said it, or to a user.
func (c *call) say(target string) (code int, refusal string) {
	text := c.params[1]
	if r := c.net.room(target); r != nil {
		m := c.member(r)
		if r.inside && m == nil || r.moderated && (m == nil || m.prefix() == "") {
			return 404, "Cannot send to channel"
		}
		c.spoke = c.Loop().Now()
		c.tell(c.others(r, c.session), ":%s %s %s :%s", c.mask(), c.verb, r.name, text)
		return 0, ""
	}
	user := c.net.user(target)
	if user == nil {
		return 401, "No such nick or channel"
	}
	c.spoke = c.Loop().Now()
	c.tell(c.only(user), ":%s %s %s :%s", c.mask(), c.verb, user.nick, text)
	c.replyAway(user)
	return 0, ""
}

// who lists the members of a room, or one user. Of others one must know the name: everybody is
// invisible, as RFC 2812 has it.
func (c *call) who() {
	if r := c.net.room(c.param(0)); r != nil {
		for _, m := range r.members {
			c.replyWho(m.session, r.name, m.prefix())
		}
	} else if user := c.net.user(c.param(0)); user != nil {
		c.replyWho(user, "*", "")
	}
	c.reply(315, "%s :End of WHO", word(c.param(0)))
}

func (c *call) replyWho(user *session, room, prefix string) {
	c.reply(352, "%s %s %s %s %s %s%s :0 %s", room, user.user, user.host, c.net.name,
		user.nick, user.here(), prefix, user.real)
}

func (c *call) whois() {
	if len(c.params) == 0 {
		c.reply(431, ":No nickname given")
		return
	}
	nick := c.params[min(1, len(c.params)-1)] // the first of two is the server to ask
	user := c.net.user(nick)
	if user == nil {
		c.reply(401, "%s :No such nick", word(nick))
	} else {
		now := c.Loop().Now()
		c.reply(311, "%s %s %s * :%s", user.nick, user.user, user.host, user.real)
		c.replyAway(user)
		for _, m := range user.in {
			if c.member(m.room) != nil {
				c.reply(319, "%s :%s%s", user.nick, m.prefix(), m.room.name)
			}
		}
		c.reply(312, "%s %s :asynchat", user.nick, c.net.name)
		c.reply(317, "%s %d %d :seconds idle, signon time", user.nick,
			int(now.Sub(user.spoke).Seconds()), user.since.Unix())
	}
	c.reply(318, "%s :End of WHOIS", word(nick))
}
