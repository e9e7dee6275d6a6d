// Everything that modules can say about what comes in and goes out.

import React, { useState as state } from 'react';
import * as d3 from 'd3-array/src/index.js';
import '@scope/styles/main.css';
import data from './data.json' with { type: 'json' };

export { state, React as default };
export * from './shapes';
export * as colors from "./colors";
export { render, paint as draw } from '../canvas';

export const A = 1, b = () => <p title="x">{A}</p>;
export class Widget {}
export async function load() {}
/** The page. */
export default function Page({ children }) {
  return <main>{children}</main>;
}
