/** How this program names itself to peers, PS3.7 D.3.3.2. The UID is under the UUID-derived root of PS3.5 B.2. */
export const IMPLEMENTATION_CLASS_UID = '2.25.75394575438525841411958796773537065105';
export const IMPLEMENTATION_VERSION_NAME = 'RENKEI_0_1';
