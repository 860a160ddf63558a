import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

public class Main {
    public static void main(String[] args) throws Exception {
        var pool = Executors.newFixedThreadPool(4);
        var parts = IntStream.range(0, 4).mapToObj(part -> pool.submit(() -> countPrimes(part))).toList();
        int primes = 0;
        for (Future<Integer> part : parts) primes += part.get();
        pool.shutdown();
        System.out.println("primes: " + primes);
        byte[] power = BigInteger.TWO.pow(100_000).toByteArray();
        System.out.println("digest: " + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(power)));
        System.out.println("lengths: " + collect());
    }

    private static int countPrimes(int part) {
        return (int) IntStream.range(0, 5_000).map(at -> 2 + part + at * 4).filter(Main::isPrime).count();
    }

    private static boolean isPrime(int number) {
        return IntStream.rangeClosed(2, (int) Math.sqrt(number)).noneMatch(divisor -> number % divisor == 0);
    }

    // More than the heap holds at once, so that garbage is collected.
    private static TreeMap<Integer, Integer> collect() {
        var counts = new TreeMap<Integer, Integer>();
        for (int at = 0; at < 400; at++) {
            byte[] garbage = new byte[1024 * 1024 / (1 + at % 3)];
            counts.merge(garbage.length, 1, Integer::sum);
        }
        return counts;
    }
}
