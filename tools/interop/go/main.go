// Command judge runs one scenario of the official Go client against a cluster: judge SCENARIO NAMESRV [key=value ...].
// The last line on standard output is the result as JSON; the exit code is 0 only when the scenario held.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/apache/rocketmq-client-go/v2/rlog"
)

// scenarios returns nil when what they check held. Each file that holds one adds it here in its init.
var scenarios = map[string]func(*cluster) error{}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: judge SCENARIO NAMESRV [key=value ...]")
		os.Exit(2)
	}
	rlog.SetLogLevel("warn")
	parameters := map[string]string{}
	for _, argument := range os.Args[3:] {
		key, value, _ := strings.Cut(argument, "=")
		parameters[key] = value
	}
	scenario := os.Args[1]
	run, isKnown := scenarios[scenario]
	if !isKnown {
		fmt.Fprintln(os.Stderr, "no scenario", scenario)
		os.Exit(2)
	}
	c := newCluster(scenario, os.Args[2], parameters)
	err := run(c)
	c.facts["scenario"] = scenario
	c.facts["ok"] = err == nil
	if err != nil {
		c.facts["error"] = err.Error()
	}
	line, _ := json.Marshal(c.facts)
	if err != nil {
		// A client that failed may not shut down either: the verdict is what counts.
		fmt.Printf("\n%s\n", line)
		os.Exit(1)
	}
	c.close()
	fmt.Printf("\n%s\n", line)
}
