package report

import (
	"fmt"
	"html"
	"math"
	"regexp"
	"strings"
)

// A plot is rows of points on one axis. It has no background of its own, and colours that can be
// told from a light and from a dark one.
type plot struct {
	title, axis string
	log         bool
	labelled    bool    // the rows are the series: no legend
	mark        float64 // a line at this value; 0: none
	series      []string
	rows        []row
	write       func(float64) string // of the axis
}

// A row has at most one point of each series.
type row struct {
	label  string
	points []point
	joined bool // by a line
}

type point struct {
	series int
	value  float64
}

const (
	plotWidth = 900
	rowHeight = 30
	glyph     = 7.6 // about the width of a letter
)

var colours = map[string]string{
	"asynchat": "#e8590c", "asynchat Conversation": "#f08c00", "asynchat, spinning": "#c92a2a",
	"C epoll": "#868e96", "Go epoll": "#228be6", "net": "#0ca678", "gnet": "#ae3ec9",
	"netpoll": "#e64980", "CPython asynchat": "#66a80f", "Twisted": "#a97142", "p50": "#0ca678",
	"p99": "#228be6", "p99.9": "#ae3ec9",
}

var moreColours = []string{"#1098ad", "#7950f2", "#5c940d", "#d6336c"}

func colour(name string, i int) string {
	if c, ok := colours[name]; ok {
		return c
	}
	return moreColours[i%len(moreColours)]
}

// svg draws the plot.
func (p *plot) svg() string {
	left := 0.0
	for _, r := range p.rows {
		left = max(left, float64(len(r.label))*1.1*glyph+18)
	}
	low, high := p.bounds()
	right := float64(plotWidth - 30)
	x := func(v float64) float64 {
		if p.log {
			return left + (right-left)*(math.Log(v)-math.Log(low))/(math.Log(high)-math.Log(low))
		}
		return left + (right-left)*(v-low)/(high-low)
	}
	legend, top := p.legend(left)
	bottom := top + float64(len(p.rows)*rowHeight)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f" `+
		`font-family="system-ui, sans-serif" font-size="13" role="img">
<style>.t { fill: #6e7781 } .g { stroke: #8c959f; stroke-opacity: .35 } `+
		`.m { stroke: #868e96; stroke-width: 1.5; stroke-dasharray: 5 3 }
@media (prefers-color-scheme: dark) { .t { fill: #adb5bd } }</style>
<title>%s</title>
<text class="t" x="8" y="20" font-size="15" font-weight="600">%[3]s</text>
%s`, plotWidth, bottom+46, html.EscapeString(p.title), legend)
	for _, v := range p.ticks(low, high) {
		fmt.Fprintf(&b, `<line class="g" x1="%.1f" x2="%.1[1]f" y1="%.1f" y2="%.1f"/>`, x(v), top, bottom)
		fmt.Fprintf(&b, `<text class="t" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", x(v),
			bottom+18, html.EscapeString(short(p.write(v))))
	}
	fmt.Fprintf(&b, `<text class="t" x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", right,
		bottom+38, html.EscapeString(p.axis))
	if p.mark > 0 {
		fmt.Fprintf(&b, `<line class="m" x1="%.1f" x2="%.1[1]f" y1="%.1f" y2="%.1f"/>`+"\n",
			x(p.mark), top, bottom)
	}
	for i, r := range p.rows {
		p.row(&b, r, top+float64(i*rowHeight)+rowHeight/2, left, x)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p *plot) row(b *strings.Builder, r row, y, left float64, x func(float64) float64) {
	fmt.Fprintf(b, `<text class="t" x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", left-10,
		y+4.5, html.EscapeString(r.label))
	fmt.Fprintf(b, `<line class="g" x1="%.1f" x2="%d" y1="%.1f" y2="%.1[3]f"/>`+"\n",
		left, plotWidth-30, y)
	if n := len(r.points); r.joined && n > 1 {
		fmt.Fprintf(b,
			`<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1[3]f" stroke="#868e96" stroke-width="2"/>`+"\n",
			x(r.points[0].value), x(r.points[n-1].value), y)
	}
	for _, pt := range r.points {
		at := y
		if !r.joined && len(p.series) > 1 { // points that are close stay apart
			at += (float64(pt.series) - float64(len(p.series)-1)/2) * 18 / float64(len(p.series))
		}
		b.WriteString(dot(p.series[pt.series], pt.series, x(pt.value), at))
		fmt.Fprintf(b, "<!-- %s %s -->\n", p.series[pt.series], p.write(pt.value))
	}
}

// dot is a diamond for ours, a circle for others.
func dot(name string, i int, x, y float64) string {
	if strings.HasPrefix(name, "asynchat") {
		return fmt.Sprintf(`<path d="M%.1f %.1fl6 6l-6 6l-6 -6z" fill="%s"/>`, x, y-6, colour(name, i))
	}
	return fmt.Sprintf(`<circle cx="%.1f" cy="%.1f" r="4.5" fill="%s"/>`, x, y, colour(name, i))
}

var zeros = regexp.MustCompile(`\.0+( |$)`)

// short leaves out zeros behind the point.
func short(s string) string { return zeros.ReplaceAllString(s, "$1") }

// legend returns the legend, and where it ends.
func (p *plot) legend(left float64) (string, float64) {
	if p.labelled || len(p.series) < 2 {
		return "", 36
	}
	var b strings.Builder
	x, y := 16.0, 44.0
	for i, s := range p.series {
		width := float64(len(s))*glyph + 34
		if x+width > plotWidth {
			x, y = 16, y+22
		}
		fmt.Fprintf(&b, `%s<text class="t" x="%.1f" y="%.1f">%s</text>`+"\n", dot(s, i, x, y-4.5), x+11,
			y, html.EscapeString(s))
		x += width
	}
	return b.String(), y + 16
}

// bounds returns the ends of the axis: a linear one begins at 0.
func (p *plot) bounds() (low, high float64) {
	low, high = math.Inf(1), p.mark
	for _, r := range p.rows {
		for _, pt := range r.points {
			low, high = min(low, pt.value), max(high, pt.value)
		}
	}
	if !p.log {
		return 0, high * 1.04
	}
	return low / 1.3, high * 1.3
}

// ticks returns round values on the axis.
func (p *plot) ticks(low, high float64) (ticks []float64) {
	if p.log {
		for decade := math.Pow(10, math.Floor(math.Log10(low))); decade <= high; decade *= 10 {
			for _, f := range []float64{1, 2, 5} {
				if v := f * decade; v >= low && v <= high && (f == 1 || high/low < 300) {
					ticks = append(ticks, v)
				}
			}
		}
		return ticks
	}
	step := math.Pow(10, math.Floor(math.Log10(high/4)))
	for _, f := range []float64{5, 2} {
		if high/(f*step) >= 4 {
			step *= f
			break
		}
	}
	for i := 0; float64(i)*step <= high; i++ {
		ticks = append(ticks, float64(i)*step)
	}
	return ticks
}
