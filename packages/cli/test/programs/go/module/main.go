// Counts primes, each of several goroutines in a part of the numbers.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

const parts = 4

func main() {
	limit, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	var group sync.WaitGroup
	counts := make([]int, parts)
	for part := 0; part < parts; part++ {
		group.Add(1)
		go func(part int) {
			defer group.Done()
			for number := 2 + part; number <= limit; number += parts {
				if isPrime(number) {
					counts[part]++
				}
			}
		}(part)
	}
	group.Wait()
	sum := 0
	for _, count := range counts {
		sum += count
	}
	fmt.Println("primes up to", limit, "are", sum)
}
