package shop.modern

import cats.syntax.all.given

/** How an order stands. */
enum State(val label: String):
  case Open extends State("open")
  case Paid, Sent

  /** What comes then. */
  def next: State = this

trait Show[A]:
  extension (a: A) def show: String

given intShow: Show[Int] with
  extension (a: Int) def show: String = a.toString

extension (n: Int)
  def twice: Int = n * 2
  def thrice: Int = n * 3

opaque type Money = Long

class Shop(val name: String):
  private val orders = List.empty[Int]
  def sell(order: Int): Unit =
    println(order)
end Shop

@main def run(args: String*): Unit = println("hi")

val Version = "1.0"

inline def debug(text: String): Unit = ()
