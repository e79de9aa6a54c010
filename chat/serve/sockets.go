package serve

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
)

// listen returns the listeners of each server: those that the process was started with, or one of
// its own. After an error none is open.
func listen(servers []*chat.Server) ([][]net.Listener, error) {
	all := make([][]net.Listener, len(servers))
	inherited, names, err := inherit()
	if err == nil && len(inherited) == 0 {
		err = listenAnew(servers, all)
	} else if err == nil {
		var owners []int
		if owners, err = owner(names, len(servers)); err == nil {
			for i, l := range inherited {
				all[owners[i]] = append(all[owners[i]], l)
			}
			return all, nil
		}
	}
	if err != nil {
		closeAll(inherited)
		for _, of := range all {
			closeAll(of)
		}
		return nil, err
	}
	return all, nil
}

func listenAnew(servers []*chat.Server, all [][]net.Listener) error {
	for i, s := range servers {
		l, err := s.Listen()
		if err != nil {
			return err
		}
		all[i] = []net.Listener{l}
	}
	return nil
}

// owner returns for each inherited socket the number of its server, of which there are so many.
// Each must get one at least.
func owner(names []string, servers int) ([]int, error) {
	owners := make([]int, len(names))
	missing := servers
	got := make([]bool, servers)
	for i, name := range names {
		n, err := strconv.Atoi(name)
		switch {
		case servers == 1:
			n = 0
		case err != nil:
			n = i
		}
		if n < 0 || n >= servers {
			return nil, fmt.Errorf("serve: inherited socket %d, %q, is of none of %d servers",
				i, name, servers)
		}
		if owners[i] = n; !got[n] {
			got[n] = true
			missing--
		}
	}
	if missing > 0 {
		return nil, fmt.Errorf("serve: %d servers have inherited %d sockets, and %d of them none",
			servers, len(names), missing)
	}
	return owners, nil
}

// addresses names one of each server, with commas between.
func addresses(listeners [][]net.Listener) string {
	var addrs []string
	for _, of := range listeners {
		addrs = append(addrs, of[0].Addr().String())
	}
	return strings.Join(addrs, ", ")
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}
