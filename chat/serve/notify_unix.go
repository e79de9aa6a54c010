//go:build unix && !aix

package serve

import (
	"net"
	"os"
)

// notify tells systemd, if that has started the process, what sd_notify(3) lists. Nobody else is
// told, and nothing depends on whether it has heard.
func notify(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return
	}
	defer c.Close()
	c.Write([]byte(state))
}
