/** Shapes and what they cost. */

import type { Money } from './money';
import fs = require('fs');
import { z } from 'zod';
export type { Money } from './money';

/** Anything with an area. */
export interface Shape<T = unknown> extends Named, Aged {
  readonly name: string;
  /** Square metres. */
  area(scale?: number): number;
  new (name: string): Shape;
  [key: string]: unknown;
  onClick: (event: Event) => void;
}

export type Size = { w: number; h: number } | 'auto';

export enum Color {
  Red = 1,
  // Like grass.
  Green,
}
declare const enum Flag { On, Off }

/** A shape of our own. */
@Injectable({ providedIn: 'root' })
export abstract class Base<T extends object> implements Shape<T> {
  private static readonly cache: Map<string, T> = new Map();
  @Input() label?: string;
  handler = (e: Event): void => {};

  constructor(
    public readonly name: string, // kept
    private size: Size = 'auto',
  ) {}

  abstract area(): number;

  find(id: string): T;
  find(id: number): T;
  find(id: any): T { return id; }

  @HostListener('click')
  protected async onClick<K>(event: K): Promise<void> {}

  get area2(): number { return 1; }
}

export function parse(text: string): Shape;
export function parse(bytes: Uint8Array): Shape;
export function parse(input: any): Shape { return input; }

declare function native(name: string): void;
declare let version: string;

declare module 'virtual:shapes' {
  export function load(): void;
}

declare global {
  interface Window { shapes: Shape[]; }
}

export namespace Geometry.Flat {
  export const PI = 3;
  export function circle(r: number): number { return r; }
  function hidden() {}
  export namespace Inner { export class Point {} }
}

export const schema = z.object({
  w: z.number(),
});
export const twice = <T,>(value: T): T[] => [value, value];
const local = { a() {}, b: 1 } as const;

export default Base;
