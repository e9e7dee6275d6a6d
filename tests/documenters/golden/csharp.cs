// Licensed to nobody.
// Copyright (c) 2024 Somebody.

using System;
using System.Collections.Generic;
using static System.Math;
using Json = Newtonsoft.Json.Linq;
global using Microsoft.Extensions.Logging;

namespace Shop.Orders
{
    /// <summary>
    /// Says how an order ended.
    /// </summary>
    public delegate void Finished(Order order, bool paid);

    /// <summary>What an order is worth.</summary>
    /// <remarks>Never negative.</remarks>
    [Serializable]
    public sealed class Order<TItem> : IEquatable<Order<TItem>>, IDisposable
        where TItem : class
    {
        public const int MaxItems = 100;
        private static readonly ILogger Logger = Create(), Other = Create();
        private readonly List<TItem> _items = new List<TItem>();

        /// <summary>Raised once.</summary>
        public event EventHandler<EventArgs> Closed;

        public event Action Opened
        {
            add { }
            remove { }
        }

        // Made by the shop only.
        internal Order(int number)
            : this(number, null)
        {
        }

        ~Order() => Dispose();

        /// <summary>
        /// The number that the customer sees.
        /// </summary>
        public int Number { get; private set; }

        public decimal Total => Sum(_items);

        public TItem this[int index]
        {
            get => _items[index];
        }

        /// <inheritdoc/>
        public bool Equals(Order<TItem> other)
        {
            bool Same(int a, int b) => a == b;
            return Same(Number, other.Number);
        }

        void IDisposable.Dispose() { }

        public static bool operator ==(Order<TItem> left, Order<TItem> right) => left.Equals(right);

        public static implicit operator int(Order<TItem> order) => order.Number;

        [Obsolete("use Total")]
        public async Task<T> LoadAsync<T>(
            string name, // of the file
            int depth = 1)
            where T : new()
        {
            return await Task.FromResult(new T());
        }

        protected internal enum State : byte
        {
            /// <summary>Not paid yet.</summary>
            Open,
            Paid = 2,
        }

        private struct Line
        {
            public int X, Y;
        }
    }

    public interface IShop
    {
        string Name { get; }
        void Sell(Order<object> order);
    }

    public readonly record struct Point(int X, int Y);

    public record Customer(string Name)
    {
        public string Mail { get; init; } = "";
    }

#if DEBUG
    internal static class Extensions
    {
        public static int Twice(this int value) => value * 2;
    }
#endif
}
