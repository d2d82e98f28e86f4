//go:build race

package backtest_test

// underRace is true where replays of weeks would take many minutes.
const underRace = true
