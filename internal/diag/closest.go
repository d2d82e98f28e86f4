package diag

import "fmt"

// Closest returns the candidate that a person who typed word probably meant: the one that takes the fewest edits (insert,
// delete, replace a rune, swap two neighbours), if that is at most a third of the word's length and at least one edit is
// allowed for words of two runes. The first of equals wins. It returns "" when nothing is near.
func Closest(word string, candidates []string) string {
	best, bestEdits := "", max(len([]rune(word))/3, 1)+1
	for _, c := range candidates {
		if edits := editDistance(word, c); edits < bestEdits {
			best, bestEdits = c, edits
		}
	}
	return best
}

// DidYouMean is a hint that names the closest candidate, or "" when nothing is near.
func DidYouMean(word string, candidates []string) string {
	if c := Closest(word, candidates); c != "" {
		return fmt.Sprintf("did you mean %q?", c)
	}
	return ""
}

// editDistance is the optimal string alignment distance of a and b, in runes.
func editDistance(a, b string) int {
	from, to := []rune(a), []rune(b)
	older, prev, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(from); i++ {
		row[0] = i
		for j := 1; j <= len(to); j++ {
			cost := 1
			if from[i-1] == to[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, prev, row = prev, row, older
	}
	return prev[len(to)]
}
