// Package erlang answers how much traffic a number of lines carries, and how many attempts find none free: the Erlang B formula, as in
// ITU-T E.501 and the Teletraffic Engineering Handbook of ITU-D. It takes calls to come independently of each other and those that find no
// line free to go away; it knows no queues (Erlang C) and no repeated attempts, and asks nobody for traffic.
package erlang

// steps halve the interval in which the offered traffic is looked for until it is as exact as a float64 is.
const steps = 60

// Blocking is the share, from 0 to 1, of attempts that find no line free, of traffic that is offered to a number of lines, in erlangs: the
// mean number of calls that there would be at once if none were refused. Without lines every attempt is refused; without traffic none is,
// as no attempt is made. Negative arguments count as 0.
func Blocking(erlangs float64, lines int) float64 {
	if !(erlangs > 0) {
		return 0
	}
	// The recursion in the inverse has no factorials and loses nothing: 1/B(n) = 1 + n/A * 1/B(n-1). Where the inverse overflows, the
	// share is too small to be told from 0.
	inverse := 1.0
	for n := 1; n <= lines; n++ {
		inverse = 1 + float64(n)/erlangs*inverse
	}
	return 1 / inverse
}

// Offered is the most traffic, in erlangs, of which no more than a share (the grade of service, between 0 and 1 and neither of them) finds
// none of the lines free. It is 0 for a grade outside and without lines.
func Offered(grade float64, lines int) float64 {
	if !(grade > 0 && grade < 1) || lines <= 0 {
		return 0
	}
	// No more than the lines is ever carried: A * (1 - B) <= n.
	low, high := 0.0, float64(lines)/(1-grade)
	for range steps {
		middle := (low + high) / 2
		if Blocking(middle, lines) <= grade {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// Lines is the least number of lines at which no more than a share of the offered traffic, in erlangs, finds none free; 0 for a grade
// that is not above 0, which no number of lines keeps, and without traffic.
func Lines(erlangs, grade float64) int {
	if !(erlangs > 0) || !(grade > 0) {
		return 0
	}
	n, inverse := 0, 1.0
	for 1/inverse > grade {
		n++
		inverse = 1 + float64(n)/erlangs*inverse
	}
	return n
}
