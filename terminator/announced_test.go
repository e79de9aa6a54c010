package terminator_test

import (
	"slices"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// sized is elements behind a byte that says how long they are.
type sized struct {
	left     int
	inBody   bool
	announce bool
}

func (f *sized) Next(buf []byte, _ bool) (step terminator.Step, err error) {
	if !f.inBody {
		if len(buf) == 0 {
			return step, nil
		}
		f.inBody, f.left = true, int(buf[0]-'0')
		if step.Skip = 1; f.announce {
			step.Announced = int64(f.left)
		}
		return step, nil
	}
	step.Collect = min(len(buf), f.left)
	f.left -= step.Collect
	step.Found = f.left == 0
	f.inBody = !step.Found
	return step, nil
}

// An element that is announced as longer than the limit is too long before a byte of it has come,
// and nothing of it is given out; whatever the pieces are.
func TestAnnouncedLength(t *testing.T) {
	const stream = "3abc5hello2yz"
	for _, tt := range []struct {
		announce, skip bool
		found          []string
		err            error
	}{
		{false, false, []string{"abc", "hel"}, terminator.ErrTooLong}, // as far as it fits
		{true, false, []string{"abc", ""}, terminator.ErrTooLong},
		{true, true, []string{"abc", "yz", ""}, nil},
	} {
		for size := 1; size <= len(stream); size++ {
			m := limited(terminator.Custom(func() terminator.Framer {
				return &sized{announce: tt.announce}
			}), 3, tt.skip)
			found, tooLong, skipped := []string{""}, 0, 0
			var rest []byte
			for piece := range slices.Chunk([]byte(stream), size) {
				rest = append(rest, piece...)
				for len(rest) > 0 {
					collect, skip, ended := m.Next(rest)
					if m.TooLong() {
						tooLong++
					}
					if m.Skipped() {
						skipped++
					}
					if collect+skip == 0 && !ended {
						break
					}
					found[len(found)-1] += string(rest[:collect])
					if rest = rest[collect+skip:]; ended {
						found = append(found, "")
					}
				}
			}
			if !slices.Equal(found, tt.found) || m.Err() != tt.err {
				t.Errorf("announced %t, skip %t, in pieces of %d: %q, %v; want %q, %v", tt.announce, tt.skip,
					size, found, m.Err(), tt.found, tt.err)
			}
			if want := map[bool]int{true: 1}[tt.skip]; tooLong != want || skipped != want {
				t.Errorf("announced %t, skip %t, in pieces of %d: too long %d times, skipped %d times",
					tt.announce, tt.skip, size, tooLong, skipped)
			}
		}
	}
	announcing := terminator.Custom(func() terminator.Framer { return &sized{announce: true} })
	m := limited(announcing, 3, false)
	if _, _, _ = m.Next([]byte("9")); m.Err() != terminator.ErrTooLong {
		t.Errorf("behind the header alone: %v, want ErrTooLong", m.Err())
	}
}
