<?php

/**
 * Orders and what becomes of them.
 *
 * @package Shop
 */

declare(strict_types=1);

namespace Shop\Orders;

use InvalidArgumentException;
use Psr\Log\LoggerInterface;
use Symfony\Component\{Console\Command, Process\Process as Proc};
use function Shop\Helpers\money;
use const Shop\LIMIT;

require_once __DIR__ . '/legacy.php';
include 'config.php';

const VERSION = '1.0', BUILD = 7;
define('SHOP_ROOT', __DIR__);

/**
 * Says what it costs.
 */
interface Priced extends \Countable
{
    const CURRENCY = 'EUR';

    public function price(): int;
}

trait Logs
{
    protected ?LoggerInterface $logger = null;

    abstract protected function name(): string;

    public function log(string $text): void
    {
        $this->logger?->info($text);
    }
}

/**
 * One order of one customer.
 */
#[Entity(table: 'orders')]
final class Order extends Base implements Priced, \JsonSerializable
{
    use Logs;

    public const MAX_ITEMS = 100, MIN = 1;
    private static int $count = 0;
    /** @var Line[] */
    private array $lines = [], $notes;

    /**
     * @param int $number what the customer sees
     */
    public function __construct(
        private readonly int $number,
        protected ?string $note = null,
        int $plain = 0,
    ) {
        parent::__construct();
    }

    // Adds them up.
    #[\Override]
    public function price(): int
    {
        $sum = fn ($a, $b) => $a + $b;
        function inner() {}
        return 0;
    }

    public static function &find(int ...$numbers): ?static
    {
    }
}

enum Status: string implements HasLabel
{
    case Open = 'open';
    case Paid = 'paid';

    const DEFAULT = self::Open;

    public function label(): string
    {
        return ucfirst($this->value);
    }
}

abstract class Base {}

/** Formats an amount. */
function format(int $amount, string $sign = '€'): string
{
    return $amount . $sign;
}

if (!function_exists('shop_legacy')) {
    function shop_legacy(): void
    {
    }
}

$handler = function (int $code) use ($x): void {
};
$double = fn (int $n): int => $n * 2;
$config = ['a' => 1];
