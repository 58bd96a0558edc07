// A labelled text field whose value is a parameter of the address.
import { setParams } from './route.ts';

interface FieldProps {
  readonly label: string;
  /** The parameter, and how tests find the field. */
  readonly name: string;
  readonly value: string;
}

/** The field; it takes effect when it is left or Enter is pressed. */
export function Field({ label, name, value }: FieldProps) {
  return (
    <label>
      {label}
      <input
        value={value}
        size={10}
        onChange={(event) => setParams({ [name]: event.currentTarget.value })}
        data-test={name}
      />
    </label>
  );
}
