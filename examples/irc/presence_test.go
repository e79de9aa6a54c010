package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What clients ask about others besides WHO: whether they are there, and where.
func TestPresence(t *testing.T) {
	m := meet(t, hasty())
	all := m.guests("ada", "bob")
	ada, bob := all[0], all[1]
	zoe := m.guest("zoe")
	bob.says("AWAY :at lunch")
	bob.hears("306 :You have been marked as being away")
	ada.says("PRIVMSG bob :hi", "NOTICE bob :hi", "ISON bob nobody :Zoe ada",
		"USERHOST bob zoe nobody", "WHO bob", "WHOIS bob")
	ada.hears("301 bob :at lunch", "303 :bob zoe ada", "302 :bob=-~bob@127.0.0.1 zoe=+~zoe@127.0.0.1",
		"352 * ~bob 127.0.0.1 irc.example bob G :0 BOB", "315 bob :End of WHO",
		"311 bob ~bob 127.0.0.1 * :BOB", "301 bob :at lunch", "319 bob :#go",
		"312 bob irc.example :asynchat",
		"317 bob 0 946684800 :seconds idle, signon time", "318 bob :End of WHOIS")
	bob.hears("ada! PRIVMSG bob :hi", "ada! NOTICE bob :hi")
	bob.says("AWAY")
	bob.hears("305 :You are no longer marked as being away")
	ada.says("PRIVMSG bob :hi again", "INVITE zoe #go", "INVITE bob #go", "INVITE nobody #go",
		"INVITE zoe #x", "INVITE zoe")
	ada.hears("341 zoe #go", "443 bob #go :is already on channel", "401 nobody :No such nick",
		"403 #x :No such channel", "461 INVITE :Not enough parameters")
	zoe.hears("ada! INVITE zoe :#go")
	zoe.says("LIST", "JOIN #new", "LIST", "PART #new")
	zoe.hears("321 Channel :Users  Name", "322 #go 2 :", "323 :End of LIST", "zoe! JOIN #new",
		"353 = #new :@zoe", "366 #new :End of NAMES", "321 Channel :Users  Name", "322 #go 2 :",
		"322 #new 1 :", "323 :End of LIST", "zoe! PART #new")
	zoe.says("INVITE ada #go", "VERSION", "LUSERS", "ISON", "NAMES")
	zoe.hears("442 #go :You are not on that channel",
		"351 asynchat. irc.example :RFC 1459 and 2812, in part",
		"251 :There are 3 users and 0 services on 1 servers", "254 1 :channels formed",
		"255 :I have 3 clients and 0 servers", "461 ISON :Not enough parameters", "353 = #go :@ada bob",
		"366 * :End of NAMES")
}

// E10 to E12: what is refused is refused for the right reason.
func TestRefusals(t *testing.T) {
	m := meet(t, hasty())
	all := m.guests("ada", "bob", "eve", "zoe")
	ada, bob := all[0], all[1]
	ada.says("MODE #go b", "MODE #go +b x!*@*", "KICK #go,#go bob,eve :bye", "KICK #go,#go zoe",
		"KICK #go,#x zoe,zoe")
	ada.hears("368 #go :End of channel ban list", "472 b :is unknown mode char to me",
		"ada! KICK #go bob :bye", "ada! KICK #go eve :bye", "461 KICK :Not enough parameters",
		"ada! KICK #go zoe :ada", "403 #x :No such channel")
	bob.says("JOIN #go", "MODE #go +b x!*@*", "MODE #go +b")
	bob.hears("ada! KICK #go bob :bye", "bob! JOIN #go", "353 = #go :@ada bob",
		"366 #go :End of NAMES", "482 #go :You are not a channel operator",
		"368 #go :End of channel ban list")
	late := m.listener.Dial()
	late.SendString("NICK late\r\nUSER u 0 * :\r\n")
	require.Equal(t, ":irc.example 461 late USER :Not enough parameters\r\n", string(late.Received()))
}

// E4: LIST and NAMES of the whole network cost a client that does not read no more than a piece,
// and are read on later, whatever has become of the rooms; what is said meanwhile comes behind.
func TestLongListUnread(t *testing.T) {
	n := hasty()
	m := meet(t, n)
	topic := strings.Repeat("x", maxText)
	for i := range 200 {
		g := m.guest(fmt.Sprint("g", i))
		for j := range maxRoomsEach {
			room := fmt.Sprintf("#room-%03d-%02d", i, j)
			g.says("JOIN "+room, "TOPIC "+room+" :"+topic)
		}
		g.Received()
	}
	ada := m.guest("ada")
	for _, command := range []string{"LIST", "NAMES"} {
		ada.Stall()
		ada.says(command, "PING behind", "JOIN #room-000-00", "PART #room-000-00", "LIST")
		if queued := m.user("ada").Queued(); queued > 128<<10 {
			t.Errorf("behind %s %d bytes are queued", command, queued)
		}
		if len(m.room("#room-000-00").members) > 1 {
			t.Error("it is obeyed before it has read the answer")
		}
		m.guest("g", "#room-100-00").says("QUIT")
		ada.Unstall()
		got := string(ada.Received())
		before, behind, found := strings.Cut(got, ":irc.example PONG irc.example :behind\r\n")
		require.True(t, found)
		if count := strings.Count(before, "\r\n"); count < 200*maxRoomsEach {
			t.Errorf("%s has %d lines", command, count)
		}
		require.True(t, strings.HasSuffix(behind, " 323 ada :End of LIST\r\n"), "%.200q", behind)
	}
}
