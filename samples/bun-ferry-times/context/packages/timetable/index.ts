export interface Departure {
  from: string;
  to: string;
  at: string;
}

export const departures: Departure[] = [
  { from: "Ullapool", to: "Stornoway", at: "10:30" },
  { from: "Ullapool", to: "Stornoway", at: "18:30" },
  { from: "Oban", to: "Craignure", at: "09:55" },
  { from: "Mallaig", to: "Armadale", at: "11:00" },
];
