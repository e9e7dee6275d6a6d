# frozen_string_literal: true

# Orders, and what becomes of them.
#
# More about it.

require "json"
require "active_support/core_ext/object/blank"
require_relative "order/line"
autoload :Late, "shop/late"

module Shop
  VERSION = "1.2.3"
  LIMITS = { items: 100 }.freeze

  class Error < StandardError; end
  NotFound = Class.new(Error)
  Point = Struct.new(:x, :y) do
    def length
      Math.sqrt(x * x + y * y)
    end
  end

  # One order of one customer.
  class Order < Base
    include Comparable

    attr_reader :number, :items
    attr_accessor :note

    class << self
      # Makes one from JSON.
      def parse(text)
        new(JSON.parse(text))
      end

      attr_writer :logger
    end

    def self.count
      @@count ||= 0
    end

    # @param number [Integer]
    # @return [void]
    def initialize(number, items = [], *rest, note: nil, **options, &block)
      @number = number
    end

    def <=>(other) = number <=> other.number

    def empty?
      items.empty?
    end
    alias none? empty?
    alias_method :size, :count

    def total=(value)
      @total = value
    end

    define_method(:dynamic) { |x| x }

    protected

    def secret; end

    private

    def hidden(a,
               b) # of both
      a + b
    end

    private def also_hidden
    end

    private_class_method def self.build; end
  end

  module Helpers
    extend self
    def help; end
    module_function :help
  end

  class Order::Line
    def price; end
  end
end

class Shop::Customer; end

def top_level(argument)
  argument
end

task :build do
  sh "make"
end

if RUBY_VERSION > "3"
  def modern; end
end
__END__
data
