package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"
)

type rgb [3]float64 // of sRGB, 0 to 1

func (c rgb) luminance() float64 {
	for i, v := range c {
		if c[i] = v / 12.92; v > 0.04045 {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}

// contrast is that of WCAG 2, of which AA wants 4.5 for text.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// parseHex reads #rgb and #rrggbb.
func parseHex(t *testing.T, s string) (c rgb) {
	t.Helper()
	n := len(s) / 3
	for i := range c {
		digits := s[1+i*n : 1+i*n+n]
		if n == 1 {
			digits += digits
		}
		v, err := strconv.ParseUint(digits, 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c[i] = float64(v) / 255
	}
	return c
}

func hsl(h, s, l float64) (c rgb) {
	a := s * min(l, 1-l)
	for i, n := range []float64{0, 8, 4} {
		k := math.Mod(n+h/30, 12)
		c[i] = l - a*max(-1, min(k-3, 9-k, 1))
	}
	return c
}

// All text of the page can be read: each colour on each ground that it stands on, in both schemes,
// and every colour that a name may have.
func TestContrast(t *testing.T) {
	colours := map[string][2]rgb{}
	const pair = `light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)`
	css := string(pageCSS)
	for _, m := range regexp.MustCompile(`--([a-z-]+): `+pair).FindAllStringSubmatch(css, -1) {
		colours[m[1]] = [2]rgb{parseHex(t, m[2]), parseHex(t, m[3])}
	}
	m := regexp.MustCompile(`#door p \{[^}]*` + pair).FindStringSubmatch(css)
	colours["why"] = [2]rgb{parseHex(t, m[1]), parseHex(t, m[2])}
	check := func(name string, scheme int, text, ground rgb) {
		if c := contrast(text, ground); c < 4.5 {
			t.Errorf("%s, scheme %d: a contrast of %.1f", name, scheme, c)
		}
	}
	for scheme := range 2 {
		for _, on := range [][2]string{{"ink", "ground"}, {"ink", "paper"}, {"ink", "whisper"},
			{"faint", "ground"}, {"faint", "paper"}, {"faint", "whisper"}, {"on-accent", "accent"},
			{"why", "ground"}} {
			check(fmt.Sprint(on), scheme, colours[on[0]][scheme], colours[on[1]][scheme])
		}
	}
	const of = `hsl\(var\(--hue\) (\d+)% (\d+)%\)`
	names := regexp.MustCompile(of + ", " + of).FindStringSubmatch(css)
	for hue := range 360 {
		for scheme := range 2 {
			s, _ := strconv.ParseFloat(names[1+2*scheme], 64)
			l, _ := strconv.ParseFloat(names[2+2*scheme], 64)
			name := hsl(float64(hue), s/100, l/100)
			check(fmt.Sprint("name ", hue), scheme, name, colours["paper"][scheme])
			check(fmt.Sprint("whispered name ", hue), scheme, name, colours["whisper"][scheme])
		}
	}
}
