package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// However people come, rename themselves and go, a list of them has the first hundred names in
// their order, and how many more there are.
func TestPresent(t *testing.T) {
	const seed = 1
	rnd := rand.New(rand.NewPCG(seed, 0))
	h := newHouse(20)
	r := h.room(lobby)
	var deaf []*chat.Channel // what they hear is no matter here
	chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		deaf = append(deaf, c)
		return h.newSession(c)
	}).Reset()
	var users []*user
	for i := range 1000 {
		switch n := rnd.IntN(10); {
		case n < 5 || len(users) == 0:
			u := &user{self: deaf}
			require.NoError(t, h.enter(fmt.Sprintf("%c%d", "aB"[i%2], rnd.IntN(1e6)*1000+i), u))
			users = append(users, u)
		case n < 8:
			require.NoError(t, h.rename(users[rnd.IntN(len(users))], fmt.Sprintf("%c%d", "Ab"[i%2], i)))
		default:
			j := rnd.IntN(len(users))
			h.leave(users[j], "")
			users = slices.Delete(users, j, j+1)
		}
		var want []string
		for _, u := range users {
			want = append(want, u.name)
		}
		slices.SortFunc(want, func(a, b string) int { return strings.Compare(fold(a), fold(b)) })
		text := ""
		if len(want) > maxNames {
			text = fmt.Sprintf(" and %d more", len(want)-maxNames)
			want = want[:maxNames]
		}
		e := h.present(r)
		require.Equal(t, want, e.Names)
		require.Equal(t, text, e.Text)
	}
}
