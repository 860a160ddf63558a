// Counts primes, each of several goroutines in a part of the numbers.
package main

import (
	"fmt"
	"sync"
)

const parts, limit = 4, 200000

func main() {
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
	fmt.Println(counts)
}

func isPrime(number int) bool {
	for divisor := 2; divisor*divisor <= number; divisor++ {
		if number%divisor == 0 {
			return false
		}
	}
	return true
}
