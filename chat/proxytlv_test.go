package chat_test

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/proxy"
)

// withFields returns a header of version 2 of a family, with its addresses and fields.
func withFields(family byte, addresses string, fields ...string) string {
	rest := addresses + strings.Join(fields, "")
	return headerV2[:13] + string([]byte{family}) +
		string(binary.BigEndian.AppendUint16(nil, uint16(len(rest)))) + rest
}

func field(kind byte, value string) string {
	return string([]byte{kind, byte(len(value) >> 8), byte(len(value))}) + value
}

// M8: a handler sees what the proxy has said, however that was cut, from OnAccept on and after the
// close.
func TestProxyTLVs(t *testing.T) {
	ssl := "\x07\x00\x00\x00\x00" + field(0x21, "TLSv1.3")
	fields := []string{field(proxy.ALPN, "h2"), field(proxy.SSL, ssl), field(0xea, "\x01vpce"),
		field(0x04, "\x00"), field(0xea, "second")}
	header := withFields(0x11, headerV2[16:28], fields...)
	check := func(where string, c *chat.Channel) {
		got := ""
		for kind, value := range c.ProxyTLVs().All() {
			got += field(kind, value)
		}
		require.Equal(t, strings.Join(fields, ""), got, where)
		value, ok := c.ProxyTLVs().Get(0xea)
		require.Equal(t, "\x01vpce true", fmt.Sprint(value, " ", ok), where)
		value, ok = c.ProxyTLVs().Get(0xeb)
		require.Equal(t, " false", fmt.Sprint(value, " ", ok), where)
		tls, _ := c.ProxyTLVs().Get(proxy.SSL)
		version, _ := proxy.TLVs(tls[5:]).Get(0x21)
		require.Equal(t, "TLSv1.3", version, where)
	}
	l := served(t, &chat.Server{
		ProxyFrom: local,
		OnAccept:  func(c *chat.Channel) error { check("OnAccept", c); return nil },
		Handler: func(c *chat.Channel) chat.Handler {
			check("handler", c)
			return closeFunc{newEcho(c), func(error) { check("after the close", c) }}
		},
	}, 1)
	for pieces := range chattest.Splits([]byte(header + "x\r\n")) {
		p := l.Dial()
		for _, piece := range pieces {
			p.Send(piece)
		}
		require.Equal(t, "x\r\n", string(p.Received()))
		p.CloseWrite()
		require.True(t, p.Closed())
	}
}

// M8: a header without an address may have fields. The addresses are the proxy's then, and the log
// knows of no other.
func TestProxyTLVsWithoutAddress(t *testing.T) {
	log, logger := newLogbook(slog.LevelDebug)
	l := served(t, &chat.Server{ProxyFrom: local, Logger: logger,
		Handler: chat.Lines(func(c *chat.Channel, _ []byte) {
			id, _ := c.ProxyTLVs().Get(proxy.UniqueID)
			fmt.Fprintf(c, "%s %v", id, c.RemoteAddr() != nil && c.LocalAddr() != nil)
		})}, 1)
	p := l.Dial()
	p.SendString(withFields(0x00, "", field(proxy.UniqueID, "id")) + "x\r\n")
	require.Equal(t, "id true", string(p.Received()))
	log.expect(t, `level=DEBUG msg="connection opened" id=# remote=$`)
	p = l.Dial()
	p.SendString("PROXY UNKNOWN\r\nx\r\n")
	require.Equal(t, " true", string(p.Received()))
}

// M8: MaxProxyHeader takes headers of any size that there is, in any pieces, and what they keep is
// counted.
func TestMaxProxyHeader(t *testing.T) {
	large := func(size int) string {
		return withFields(0x11, headerV2[16:28],
			field(0xe0, strings.Repeat("x", size-16-12-3)))
	}
	for _, tt := range []struct {
		limit, size int
		taken       bool
	}{
		{0, 4096, true}, {0, 4097, false}, {600, 600, true}, {600, 601, false},
		{chat.NoLimit, 4097, true}, {chat.NoLimit, 16 + 1<<16 - 1, true},
	} {
		for _, piece := range []int{1 << 20, 1000, 17} {
			kept := 0
			server := &chat.Server{ProxyFrom: local, Handler: func(c *chat.Channel) chat.Handler {
				kept = len(c.ProxyTLVs())
				return newEcho(c)
			}}
			server.MaxProxyHeader = tt.limit
			l := served(t, server, 1)
			p := l.Dial()
			for in := large(tt.size) + "x\r\ny\r\n"; in != ""; {
				n := min(piece, len(in))
				p.SendString(in[:n])
				in = in[n:]
			}
			if !tt.taken {
				require.True(t, p.Closed(), "%+v in pieces of %d", tt, piece)
				require.EqualValues(t, 1, server.Stats().Closed[chat.ReasonBadProxy])
				continue
			}
			require.Equal(t, "x\r\ny\r\n", string(p.Received()), "%+v in pieces of %d", tt, piece)
			require.Equal(t, tt.size-16-12, kept)
			require.EqualValues(t, kept, server.Stats().Buffered)
			p.CloseWrite()
			require.Zero(t, server.Stats().Buffered)
		}
	}
}
