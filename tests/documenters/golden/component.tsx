import { useState, type FC } from 'react';
import { Button } from '@ui/kit/button';

interface Props {
  title: string;
}

/** A panel with a title. */
export const Panel: FC<Props> = ({ title }) => {
  const [open] = useState(false);
  return <section>{open && <h1>{title}</h1>}</section>;
};

function useToggle<T>(initial: T) {
  return initial;
}

export default function App(): JSX.Element {
  return <Panel title="x" />;
}

class Panel {
  constructor(private readonly title: string, count: number) {}
}
