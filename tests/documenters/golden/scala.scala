/*
 * Copyright 2024 Somebody
 */
package shop
package orders

import java.util.UUID
import cats.effect.{IO, Resource => Res}
import scala.concurrent._
import shop.money.*

/** One order of one customer.
  *
  * @param number what the customer sees
  */
@SerialVersionUID(1L)
final case class Order[A <: Item](number: Int, private val note: Option[String] = None)(implicit shop: Shop)
    extends Base(number)
    with Priced {

  import Order._

  val total: Int = 0
  lazy val (first, second) = (1, 2)
  private var count = 0
  type Line = (Int, String)

  def this(text: String) = this(text.toInt)

  // Adds them up.
  override def price: Int = 0

  @deprecated("use price", "1.0")
  def load[F[_]: Sync, T](
      name: String, // of the file
      depth: Int = 1
  )(using ctx: Context): F[T] = {
    def inner = 1
    ???
  }

  def +(other: Order[A]): Order[A] = this
}

object Order {
  val Max = 100
  final val DEFAULT_NAME = "order"

  implicit val ordering: Ordering[Order[_]] = ???

  implicit class RichInt(val value: Int) extends AnyVal {
    def twice: Int = value * 2
  }

  object Nested {
    case object Leaf extends Base(1)
  }
}

sealed trait Priced {
  type Currency
  def price: Int
  val zero: Int
}

package object helpers {
  def help(): Unit = ()
}
